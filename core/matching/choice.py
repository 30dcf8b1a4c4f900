"""Which strategy a structure chose, or which blend of several."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.contracts.matching import MatchingStrategy
from core.errors import NotFound, Refused
from core.extension.board import Owned
from core.extension.state import Snapshot
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

FALLBACK = "core:earliest_first"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The strategies that a structure wants, the weightiest first, with their weights."""

    weights: Mapping[str, int]

    @property
    def is_blend(self) -> bool:
        """Whether several have a say."""
        return len(self.weights) > 1


async def read_choice(platform: Platform, snapshot: Snapshot, structure_id: UUID) -> Choice:
    """What the structure chose; the last resort for a structure that does not exist."""

    async def read() -> Choice:
        row = await platform.db.fetch_one(
            "SELECT strategy, blend FROM structure WHERE id = $1", structure_id
        )
        blend: Mapping[str, int] = row["blend"] if row else {}
        if not blend:
            return Choice(weights={row["strategy"] if row else FALLBACK: 100})
        return Choice(weights=dict(sorted(blend.items(), key=lambda pair: (-pair[1], pair[0]))))

    return await snapshot.derive(("matching choice", structure_id), read)


def available(
    platform: Platform, snapshot: Snapshot, structure_id: UUID
) -> dict[str, Owned[MatchingStrategy]]:
    """The strategies that are on for a structure, by key."""
    return {
        key: owned
        for key, owned in platform.board.strategies.items()
        if snapshot.is_on(owned.plugin_id, structure_id)
    }


async def choose(
    platform: Platform, user: CurrentUser, structure_id: UUID, weights: Mapping[str, int]
) -> None:
    """Keeps the choice of a structure, and who made it. Weights of 0 are left out.

    Raises `NotFound` for a structure that is not the user's, `Refused` when nothing is left or a strategy is not on there.
    """
    if not user.manages(structure_id):
        raise NotFound("not a structure of this user")
    kept = {key: weight for key, weight in weights.items() if weight > 0}
    if not kept:
        raise Refused(_("Donnez du poids à un classement au moins."))
    known = available(platform, await platform.plugins.fresh(), structure_id)
    if not kept.keys() <= known.keys():
        raise Refused(_("Un des classements est désactivé pour cette structure."))
    first = max(kept, key=lambda key: (kept[key], key))
    async with platform.db.atomic():
        changed = await platform.db.execute(
            "UPDATE structure SET strategy = $2, blend = $3 WHERE id = $1",
            structure_id,
            first,
            kept if len(kept) > 1 else {},
        )
        if not changed:
            raise NotFound("no such structure")
        await audit.record(
            platform,
            user,
            "matching.chosen",
            structure_id=structure_id,
            detail={"weights": kept},
        )
