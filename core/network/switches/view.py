"""The platform as one structure has it, or would have it: the menus of its staff, the channels of its youths, what works behind."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from core.accounts.access import CurrentUser, Membership
from core.contracts.booking import ChannelMode
from core.contracts.context import StructureRef
from core.contracts.surfaces import NavItem
from core.extension.state import Snapshot
from core.extension.surfaces import label_of
from core.network.switches import rules
from core.platform import Platform
from core.web.pages import nav_for


class SeenChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that youths may choose there, the coming slots that offer it, the first of them, and the openings that name it."""

    key: str
    label: str
    mode: ChannelMode
    plugin: str
    slots: int
    first: Sequence[datetime]
    openings: int


class SeenThing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a plugin adds there; `label` is how it calls itself."""

    kind: str
    plugin: str
    label: str = ""


class SeenMenu(msgspec.Struct, frozen=True, kw_only=True):
    """The menu of a member of staff of the structure: nobody real, with the role of one, and what plugins add for them."""

    user: CurrentUser
    nav: Sequence[NavItem]


class StructureSight(msgspec.Struct, frozen=True, kw_only=True):
    """What a structure's staff and youths see."""

    structure: StructureRef
    advisor: SeenMenu
    manager: SeenMenu
    channels: Sequence[SeenChannel]
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
_SLOTS = """
    SELECT k AS key, count(s.starts_at) AS slots, coalesce((array_agg(s.starts_at ORDER BY s.starts_at)
            FILTER (WHERE s.starts_at IS NOT NULL))[:3], '{}') AS first,
        (SELECT count(*) FROM opening o WHERE o.structure = $1 AND k = ANY(o.channels)) AS openings
    FROM unnest($3::text[]) k LEFT JOIN slot s ON s.structure = $1 AND s.starts_at > $2 AND k = ANY(s.channels)
    GROUP BY k
"""


async def read_sight(
    platform: Platform, snapshot: Snapshot, structure: StructureRef
) -> StructureSight:
    """The structure as a snapshot of the plugins has it seen: the present one, or one that is only supposed."""
    names = rules.names_of(platform)
    on = {
        kind: [owned for owned in registered if snapshot.is_on(owned.plugin_id, structure.id)]
        for kind, registered in platform.board.owned.items()
    }
    keys = [owned.item.key for owned in on["interview_channels"]]
    rows = await platform.db.fetch(_SLOTS, structure.id, platform.clock.now(), keys)
    supply = {row["key"]: row for row in rows}
    return StructureSight(
        structure=structure,
        advisor=_menu(platform, snapshot, structure.id, "advisor"),
        manager=_menu(platform, snapshot, structure.id, "manager"),
        channels=[
            SeenChannel(
                label=owned.item.label,
                mode=owned.item.mode,
                plugin=names[owned.plugin_id],
                **supply[owned.item.key],
            )
            for owned in on["interview_channels"]
        ],
        services=[
            SeenThing(kind=kind, plugin=names[owned.plugin_id], label=label_of(owned.item))
            for kind in _SERVICES
            for owned in on[kind]
        ],
    )


def _menu(platform: Platform, snapshot: Snapshot, structure_id: UUID, role: str) -> SeenMenu:
    someone = _someone(structure_id, role)
    return SeenMenu(user=someone, nav=nav_for(platform.board, snapshot, someone))


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
