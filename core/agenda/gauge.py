"""The offer gauge: how many interview slots a structure put up for a week, against the region's minimum."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from core.agenda.recurrence import instant
from core.platform import Platform

# Slots that overlap (of four hours at most) count as many as can be held. One that is booked counts once: as itself, or by its appointment when the
# opening is gone since.
_OFFERED = """
SELECT structure, count(*) AS offered FROM (
    SELECT structure FROM slot
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3 AND is_counted
    UNION ALL
    SELECT structure FROM appointment a
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
        AND status IN ('booked', 'honoured', 'no_show')
        AND NOT EXISTS (SELECT FROM slot s WHERE s.advisor = a.advisor AND s.structure = a.structure
            AND s.starts_at > a.starts_at - interval '4 hours' AND s.starts_at < a.ends_at
            AND s.ends_at > a.starts_at)
) AS supply GROUP BY structure
"""


async def offered_this_week(
    platform: Platform, structure_ids: Sequence[UUID], monday: date
) -> Mapping[UUID, int]:
    """Slots offered, booked ones included, in the week that begins on `monday`: one number for each structure asked."""
    starts_at = instant(monday, time.min, platform.zone)
    ends_at = instant(monday + timedelta(days=7), time.min, platform.zone)
    rows = await platform.db.fetch(_OFFERED, list(structure_ids), starts_at, ends_at)
    counted = {row["structure"]: row["offered"] for row in rows}
    return {structure_id: counted.get(structure_id, 0) for structure_id in structure_ids}
