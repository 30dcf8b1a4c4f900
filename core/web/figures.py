"""What the home page tells of the network, counted in the database."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

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
        """
        SELECT count(DISTINCT (s.structure, s.starts_at))
        FROM slot s JOIN structure st ON st.id = s.structure AND st.status = 'active'
        WHERE s.starts_at BETWEEN $1::timestamptz + make_interval(hours => coalesce(st.lead_hours, $3::int)) AND $2
            AND NOT EXISTS (SELECT FROM appointment a WHERE a.advisor = s.advisor
                AND a.status IN ('booked', 'honoured', 'no_show')
                AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at))
        """,
        now,
        now + AHEAD,
        platform.settings.booking.lead_hours,
    )
    return Figures(
        places=sum(by_department.values()),
        places_by_department=by_department,
        free_slots=free,
    )
