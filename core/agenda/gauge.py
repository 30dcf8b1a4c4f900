"""The offer gauge: how many hours of interview are put up for an ISO week, against the region's minimum.

Hours and not slots: three slots of an hour, or six of half an hour, are the same offer.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

import msgspec

from core.agenda.recurrence import instant
from core.clock import local_date
from core.platform import Platform

# Slots that overlap (of four hours at most) count as many as can be held. One that is booked counts once: as itself, or by
# its appointment when the opening is gone since.
_OFFERED = """
SELECT structure, date_trunc('week', starts_at AT TIME ZONE $4)::date AS monday,
    floor(sum(seconds) / 3600)::int AS hours, coalesce(floor(sum(seconds) FILTER (WHERE advisor = $5) / 3600), 0)::int AS own
FROM (SELECT *, extract(epoch FROM ends_at - starts_at) AS seconds FROM (
    SELECT structure, advisor, starts_at, ends_at FROM slot
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3 AND is_counted
    UNION ALL
    SELECT structure, advisor, starts_at, ends_at FROM appointment a
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
        AND status IN ('booked', 'honoured', 'no_show')
        AND NOT EXISTS (SELECT FROM slot s WHERE s.advisor = a.advisor AND s.structure = a.structure
            AND s.starts_at > a.starts_at - interval '4 hours' AND s.starts_at < a.ends_at
            AND s.ends_at > a.starts_at)
) AS supply) AS timed GROUP BY 1, 2
"""
_HORIZONS = (
    "SELECT id, coalesce(horizon_days, $2::int) AS days FROM structure WHERE id = ANY($1::uuid[])"
)
_WEEK = timedelta(weeks=1)
GAUGE_WEEKS = 5
"""How far ahead the offer is watched: the present week and four more."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What a structure puts up in the week of `monday`, booked or not, in full hours; `own` is the part of one advisor.

    `is_whole`: the structure's horizon reaches the end of the week. Else some of it is not open yet, and it is too soon to
    say that it is short.
    """

    monday: date
    hours: int
    own: int = 0
    is_whole: bool = True

    def is_short(self, minimum: int) -> bool:
        """Whether the week is known whole, and below the minimum."""
        return self.is_whole and self.hours < minimum


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


async def offered_by_week(
    platform: Platform,
    structure_ids: Sequence[UUID],
    monday: date,
    weeks: int,
    *,
    advisor_id: UUID | None = None,
) -> Mapping[UUID, Sequence[Offered]]:
    """The offer of each structure in each of `weeks` ISO weeks from `monday` on: two queries, however many there are."""
    rows = await platform.db.fetch(
        _OFFERED,
        list(structure_ids),
        instant(monday, time.min, platform.zone),
        instant(monday + weeks * _WEEK, time.min, platform.zone),
        platform.settings.timezone,
        advisor_id,
    )
    counted = {(row["structure"], row["monday"]): (row["hours"], row["own"]) for row in rows}
    default = platform.settings.booking.horizon_days
    horizons = await platform.db.fetch(_HORIZONS, list(structure_ids), default)
    today = local_date(platform.clock.now(), platform.zone)
    last_day = {row["id"]: today + timedelta(days=row["days"]) for row in horizons}

    def offered(structure_id: UUID, week: date) -> Offered:
        hours, own = counted.get((structure_id, week), (0, 0))
        is_whole = week + timedelta(days=6) <= last_day[structure_id]
        return Offered(monday=week, hours=hours, own=own, is_whole=is_whole)

    mondays = [monday + number * _WEEK for number in range(weeks)]
    return {
        structure_id: [offered(structure_id, week) for week in mondays]
        for structure_id in structure_ids
    }


async def offered_this_week(
    platform: Platform, structure_ids: Sequence[UUID], monday: date
) -> Mapping[UUID, int]:
    """Full hours offered, booked ones included, in the week that begins on `monday`: one number for each structure asked."""
    found = await offered_by_week(platform, structure_ids, monday, 1)
    return {structure_id: weeks[0].hours for structure_id, weeks in found.items()}
