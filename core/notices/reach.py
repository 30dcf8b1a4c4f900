"""Whom no digest can reach: staff of structures where nothing that carries digests is on. Nobody is left to find out by silence."""

from collections.abc import Iterable
from uuid import UUID

from core.contracts.context import StructureRef
from core.extension.state import Snapshot
from core.platform import Platform


async def reaches(platform: Platform, structure_ids: Iterable[UUID]) -> bool:
    """Whether digests have a way out in one of these structures."""
    snapshot = await platform.plugins.current()
    return any(_has_a_way(platform, snapshot, one) for one in structure_ids)


async def list_unreached(platform: Platform) -> list[StructureRef]:
    """The active structures with people, by name, where digests have no way out."""
    rows = await platform.db.fetch(
        "SELECT s.id FROM structure s WHERE s.status = 'active' AND EXISTS (SELECT FROM membership m"
        " WHERE m.structure = s.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)"
    )
    snapshot = await platform.plugins.current()
    found = [
        snapshot.structures[row["id"]]
        for row in rows
        if row["id"] in snapshot.structures and not _has_a_way(platform, snapshot, row["id"])
    ]
    return sorted(found, key=lambda one: one.name)


def _has_a_way(platform: Platform, snapshot: Snapshot, structure_id: UUID) -> bool:
    return any(
        snapshot.is_on(owned.plugin_id, structure_id) for owned in platform.board.digest_carriers
    )
