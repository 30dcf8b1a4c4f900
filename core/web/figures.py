"""What the home page tells of the network, counted in the database."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from core.booking.lead import EARLIEST, earliest_starts
from core.platform import Platform

AHEAD = timedelta(days=28)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Places where one is received (in all, and by department), and free starts within the next four weeks."""

    places: int
    places_by_department: Mapping[str, int]
    free_slots: int


async def read_figures(platform: Platform) -> Figures:
    """Counts now. A place counts when it is enabled in an active structure; a start once per structure."""
    now = platform.clock.now()
    rows = await platform.db.fetch(
        """
        SELECT site.department, count(*) AS places
        FROM site JOIN structure ON structure.id = site.structure
        WHERE site.is_enabled AND structure.status = 'active'
        GROUP BY site.department
        """
    )
    by_department = {row["department"]: row["places"] for row in rows}
    free: int = await platform.db.fetch_value(
        f"""
        SELECT count(DISTINCT (s.structure, s.starts_at))
        FROM slot s JOIN structure st ON st.id = s.structure AND st.status = 'active'
        WHERE s.starts_at BETWEEN {EARLIEST} AND $3
            AND NOT EXISTS (SELECT FROM appointment a WHERE a.advisor = s.advisor
                AND a.status IN ('booked', 'honoured', 'no_show')
                AND tstzrange(a.starts_at, a.busy_until) && tstzrange(s.starts_at, s.busy_until))
        """,  # noqa: S608 - a piece of ours
        now,
        earliest_starts(platform),
        now + AHEAD,
    )
    return Figures(
        places=sum(by_department.values()),
        places_by_department=by_department,
        free_slots=free,
    )
