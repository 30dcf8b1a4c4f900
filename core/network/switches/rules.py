"""Who may turn what: the coordination everything that the region leaves open, a manager what was delegated."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.contracts.context import StructureRef
from core.errors import NotFound
from core.extension.activation import LOCKED, Activity, PluginFacts, Policy
from core.extension.board import PluginRecord
from core.extension.state import Snapshot
from core.network.overview import visible_ids
from core.platform import Platform
from core.web.i18n import _


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that structures may have or not, if it has a switch. `on_count` counts the structures that a user sees where it is on."""

    id: str
    name: str
    summary: str
    policy: Policy
    is_delegated: bool
    has_settings: bool
    has_switch: bool = True
    on_count: int = 0

    @property
    def is_locked(self) -> bool:
        """Whether the region has settled it for everyone."""
        return self.policy in LOCKED


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in one structure: on or off, why, whether the user may turn it and whether the structure differs from
    the region's rule.
    """

    plugin_id: str
    activity: Activity
    may_flip: bool
    differs: bool

    @property
    def is_wrong(self) -> bool:
        """Whether it is off against the wish of whoever settled it."""
        return self.activity.why in {"requirement_off", "misconfigured"}


def switchable(platform: Platform) -> list[PluginRecord]:
    """The loaded plugins that a structure may have or not."""
    return [
        record
        for record in platform.board.loaded
        if record.manifest is not None and record.manifest.scope == "structure"
    ]


def visible_features(
    platform: Platform,
    user: CurrentUser,
    snapshot: Snapshot,
    structures: Collection[UUID] | None = None,
) -> list[Feature]:
    """What the user may know of: everything for the coordination, what was delegated for a manager, by name."""
    features = [
        feature_of(record, snapshot, structures)
        for record in switchable(platform)
        if sees(user, snapshot, record.id)
    ]
    return sorted(features, key=lambda feature: feature.name.casefold())


async def visible_structures(
    platform: Platform, user: CurrentUser, snapshot: Snapshot
) -> list[StructureRef]:
    """The active structures that the user manages, by name."""
    ids = visible_ids(user)
    rows = await platform.db.fetch("SELECT id FROM structure WHERE status = 'active'")
    active = {row["id"] for row in rows}
    found = [
        ref
        for ref in snapshot.structures.values()
        if ref.id in active and (ids is None or ref.id in ids)
    ]
    return sorted(found, key=lambda ref: ref.name.casefold())


def sees(user: CurrentUser, snapshot: Snapshot, plugin_id: str) -> bool:
    """Whether a plugin is the user's to know of."""
    return user.is_coordination or plugin_id in snapshot.delegated


def find_record(
    platform: Platform, user: CurrentUser, snapshot: Snapshot, plugin_id: str
) -> PluginRecord:
    """The plugin. Raises `NotFound` when structures cannot have it, or it is not this user's to know of."""
    for record in switchable(platform):
        if record.id == plugin_id and sees(user, snapshot, plugin_id):
            return record
    raise NotFound("no such plugin")


def find_loaded(platform: Platform, user: CurrentUser, plugin_id: str) -> PluginRecord:
    """Any loaded plugin, for the coordination: one of the region has settings too, without a switch. Raises `NotFound`."""
    record = platform.board.plugins.get(plugin_id)
    if record is None or record.state != "loaded" or not user.is_coordination:
        raise NotFound("no such plugin")
    return record


def find_structure(user: CurrentUser, snapshot: Snapshot, slug: str) -> StructureRef:
    """The structure `slug`. Raises `NotFound` when there is none that this user manages."""
    for ref in snapshot.structures.values():
        if ref.slug == slug and user.manages(ref.id):
            return ref
    raise NotFound("no such structure")


def feature_of(
    record: PluginRecord, snapshot: Snapshot, structures: Collection[UUID] | None = None
) -> Feature:
    """A plugin as a feature; it is counted over `structures` (None: all)."""
    counted: Sequence[UUID] = [*snapshot.structures] if structures is None else [*structures]
    return Feature(
        id=record.id,
        name=_(record.manifest.name) if record.manifest else record.id,
        summary=_(record.manifest.summary) if record.manifest else "",
        policy=snapshot.policies[record.id],
        is_delegated=record.id in snapshot.delegated,
        has_settings=record.settings is not None,
        has_switch=record.manifest is not None and record.manifest.scope == "structure",
        on_count=sum(snapshot.is_on(record.id, structure_id) for structure_id in counted),
    )


def cell_of(user: CurrentUser, snapshot: Snapshot, feature: Feature, structure_id: UUID) -> Cell:
    """One feature in one structure."""
    allowed = user.is_coordination or (feature.is_delegated and user.manages(structure_id))
    return Cell(
        plugin_id=feature.id,
        activity=snapshot.activity[structure_id][feature.id],
        may_flip=allowed and not feature.is_locked,
        differs=differs(snapshot.facts[structure_id][feature.id]),
    )


def differs(facts: PluginFacts) -> bool:
    """Whether a structure's switch says something else than the region's rule, and is listened to."""
    usual = {"available": "off", "default_on": "on"}.get(facts.policy)
    return usual is not None and facts.switch not in {"unset", usual}


def names_of(platform: Platform) -> dict[str, str]:
    """The name of every loaded plugin, in the present language."""
    return {
        record.id: _(record.manifest.name) if record.manifest else record.id
        for record in platform.board.loaded
    }
