"""The offer gauge: how many interview slots a structure put up for a week, against the region's minimum."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from core.agenda.recurrence import instant
from core.platform import Platform

# A slot that is booked counts once: as itself, or by its appointment when the opening is gone since.
_OFFERED = """
SELECT structure, count(*) AS offered FROM (
    SELECT structure, advisor, starts_at FROM slot
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
    UNION
    SELECT structure, advisor, starts_at FROM appointment
    WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
        AND status IN ('booked', 'honoured', 'no_show')
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
