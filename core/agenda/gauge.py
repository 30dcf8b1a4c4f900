"""The offer gauge: how many hours of interviews a structure put up for a week, against the region's minimum."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from core.agenda.recurrence import instant
from core.platform import Platform

# Slots that overlap (of four hours at most) count as many as can be held. One that is booked counts once: as itself, or by
# its appointment when the opening is gone since. The minimum is said in slots of an hour, so it is hours that count.
_OFFERED = """
SELECT structure, (day - $5::date) / 7 AS week, floor(sum(seconds) / 3600)::int AS hours FROM (
SELECT structure, (starts_at AT TIME ZONE $4::text)::date AS day, extract(epoch FROM ends_at - starts_at) AS seconds FROM (
    SELECT structure, starts_at, ends_at FROM slot
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3 AND is_counted
    UNION ALL
    SELECT structure, starts_at, ends_at FROM appointment a
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
        AND status IN ('booked', 'honoured', 'no_show')
        AND NOT EXISTS (SELECT FROM slot s WHERE s.advisor = a.advisor AND s.structure = a.structure
            AND s.starts_at > a.starts_at - interval '4 hours' AND s.starts_at < a.ends_at
            AND s.ends_at > a.starts_at)
) AS supply
) AS days GROUP BY 1, 2
"""


async def offered_by_week(
    platform: Platform, structure_ids: Sequence[UUID], monday: date, weeks: int
) -> Mapping[UUID, Sequence[int]]:
    """Whole hours of slots offered, booked ones included, in each of so many weeks from `monday`, for each structure. One query."""
    rows = await platform.db.fetch(
        _OFFERED,
        list(structure_ids),
        instant(monday, time.min, platform.zone),
        instant(monday + timedelta(weeks=weeks), time.min, platform.zone),
        platform.settings.timezone,
        monday,
    )
    counted = {(row["structure"], row["week"]): row["hours"] for row in rows}
    return {
        structure_id: [counted.get((structure_id, week), 0) for week in range(weeks)]
        for structure_id in structure_ids
    }


async def offered_this_week(
    platform: Platform, structure_ids: Sequence[UUID], monday: date
) -> Mapping[UUID, int]:
    """The same for the one week that begins on `monday`."""
    found = await offered_by_week(platform, structure_ids, monday, 1)
    return {structure_id: weeks[0] for structure_id, weeks in found.items()}
