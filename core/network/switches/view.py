"""The platform as one structure has it: the menu of its staff, the channels of its youths, the blocks of its pages."""

from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec

from core.accounts.access import CurrentUser, Membership
from core.contracts.context import StructureRef
from core.contracts.surfaces import NavItem
from core.extension.surfaces import label_of
from core.network.switches import rules
from core.platform import Platform
from core.web.pages import nav_for


class SeenChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that youths may choose there, and the coming slots that offer it."""

    key: str
    label: str
    plugin: str
    slots: int


class SeenThing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a plugin adds there: `label` is how it calls itself, `place` where it stands, if anywhere."""

    kind: str
    plugin: str
    label: str = ""
    place: str = ""


class SeenMenu(msgspec.Struct, frozen=True, kw_only=True):
    """What plugins add to the menu of a member of staff of the structure."""

    nav: Sequence[NavItem]


class StructureSight(msgspec.Struct, frozen=True, kw_only=True):
    """What a structure's staff and youths see."""

    structure: StructureRef
    advisor: SeenMenu
    manager: SeenMenu
    channels: Sequence[SeenChannel]
    blocks: Sequence[SeenThing]
    services: Sequence[SeenThing]


_SERVICES = (
    "notice_carriers",
    "offer_carriers",
    "digest_carriers",
    "exporters",
    "matching_strategies",
    "busy_sources",
    "slot_providers",
)


async def read_sight(platform: Platform, user: CurrentUser, slug: str) -> StructureSight:
    """The structure as it is seen. Raises `NotFound` when it is not the user's to manage."""
    snapshot = await platform.plugins.fresh()
    structure = rules.find_structure(user, snapshot, slug)
    names = rules.names_of(platform)
    rows = await platform.db.fetch(
        "SELECT c AS channel, count(*) FROM slot, unnest(channels) c"
        " WHERE structure = $1 AND starts_at > $2 GROUP BY c",
        structure.id,
        platform.clock.now(),
    )
    slots = {row["channel"]: row["count"] for row in rows}
    on = {
        kind: [owned for owned in registered if snapshot.is_on(owned.plugin_id, structure.id)]
        for kind, registered in platform.board.owned.items()
    }

    def menu(role: str) -> SeenMenu:
        return SeenMenu(nav=nav_for(platform.board, snapshot, _someone(structure.id, role)))

    return StructureSight(
        structure=structure,
        advisor=menu("advisor"),
        manager=menu("manager"),
        channels=[
            SeenChannel(
                key=owned.item.key,
                label=owned.item.label,
                plugin=names[owned.plugin_id],
                slots=slots.get(owned.item.key, 0),
            )
            for owned in on["interview_channels"]
        ],
        blocks=[
            SeenThing(
                kind="page_blocks", plugin=names[owned.plugin_id], place=str(owned.item.place)
            )
            for owned in sorted(on["page_blocks"], key=lambda owned: owned.item.order)
        ],
        services=[
            SeenThing(kind=kind, plugin=names[owned.plugin_id], label=label_of(owned.item))
            for kind in _SERVICES
            for owned in on[kind]
        ],
    )


def _someone(structure_id: UUID, role: str) -> CurrentUser:
    """Nobody real: an account that works in this structure alone."""
    invented = uuid5(structure_id, role)
    return CurrentUser(
        account_id=invented,
        name="",
        email="",
        advisor_id=invented,
        memberships=(
            Membership(
                structure_id=structure_id, role="manager" if role == "manager" else "advisor"
            ),
        ),
    )
