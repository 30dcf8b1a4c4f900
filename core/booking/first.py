"""The first hour that can be booked in each structure, however one meets: a forecast for who watches over the offer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from core.booking.lead import earliest_starts
from core.booking.search import BOOKABLE
from core.platform import Platform


async def first_starts(
    platform: Platform, structure_ids: Sequence[UUID]
) -> Mapping[UUID, datetime]:
    """The first bookable start of each of these structures, in one query; those without any are left out."""
    rows = await platform.db.fetch(
        f"""
        SELECT st.id, first.starts_at FROM structure st CROSS JOIN LATERAL (
            SELECT s.starts_at FROM slot s WHERE s.structure = st.id AND {BOOKABLE} ORDER BY s.starts_at LIMIT 1
        ) first WHERE st.id = ANY($6::uuid[])
        """,  # noqa: S608 - the pieces are ours
        platform.clock.now(),
        earliest_starts(platform),
        platform.settings.booking.horizon_days,
        platform.settings.timezone,
        list(platform.board.channels),
        list(structure_ids),
    )
    return {row["id"]: row["starts_at"] for row in rows}
