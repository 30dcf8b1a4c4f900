"""Structures × plugins: who may turn what on or off, why it is as it is, and what a turn would do."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda import service as agenda
from core.contracts.context import StructureRef
from core.errors import NotFound, Refused
from core.extension.activation import Activity, Policy, Switch
from core.extension.board import PluginRecord
from core.extension.state import Snapshot
from core.network.overview import visible_ids
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

_LOCKED = frozenset({"forbidden", "mandatory"})


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that structures may have or not."""

    id: str
    name: str
    summary: str
    policy: Policy
    is_delegated: bool
    on_count: int = 0


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in one structure: on or off, why, and whether the user may turn it."""

    plugin_id: str
    activity: Activity
    may_flip: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A structure and its cells, in the order of the features."""

    structure: StructureRef
    cells: Sequence[Cell]


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a user may see of structures × plugins."""

    features: Sequence[Feature]
    rows: Sequence[Row]


class Consequences(msgspec.Struct, frozen=True, kw_only=True):
    """What turning a plugin off would do: `appointments` to come keep their channel, `slots` lose it, `dependants` turn
    off as well.
    """

    appointments: int = 0
    slots: int = 0
    dependants: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appointments or self.slots or self.dependants)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A past turn of a switch."""

    at: datetime
    who: str | None
    state: Switch


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One cell closely."""

    feature: Feature
    structure: StructureRef
    cell: Cell
    switch: Switch
    consequences: Consequences
    history: Sequence[Turn]


async def read_matrix(platform: Platform, user: CurrentUser) -> Matrix:
    """Structures × plugins: everything for the coordination; for a manager, own structures and delegated plugins."""
    snapshot = await platform.plugins.fresh()
    features = [
        _feature(record, snapshot)
        for record in _switchable(platform)
        if _sees(user, snapshot, record)
    ]
    ids = visible_ids(user)
    active = {
        row["id"]
        for row in await platform.db.fetch("SELECT id FROM structure WHERE status = 'active'")
    }
    structures = sorted(
        (
            ref
            for ref in snapshot.structures.values()
            if ref.id in active and (ids is None or ref.id in ids)
        ),
        key=lambda ref: ref.name,
    )
    rows = [
        Row(
            structure=ref,
            cells=[_cell(user, snapshot, feature, ref.id) for feature in features],
        )
        for ref in structures
    ]
    return Matrix(features=features, rows=rows)


async def read_cell(platform: Platform, user: CurrentUser, plugin_id: str, slug: str) -> CellView:
    """One plugin in one structure. Raises `NotFound` when it is not there or not for this user to see."""
    snapshot = await platform.plugins.fresh()
    record, structure = _find(platform, user, snapshot, plugin_id, slug)
    feature = _feature(record, snapshot)
    switch = await platform.db.fetch_value(
        "SELECT state FROM plugin_switch WHERE plugin = $1 AND structure = $2",
        plugin_id,
        structure.id,
    )
    return CellView(
        feature=feature,
        structure=structure,
        cell=_cell(user, snapshot, feature, structure.id),
        switch=switch or "unset",
        consequences=await _consequences(platform, snapshot, plugin_id, structure.id),
        history=await platform.db.structs(
            Turn,
            "SELECT t.at, c.name AS who, t.detail->>'state' AS state FROM audit t"
            " LEFT JOIN account c ON c.id = t.account"
            " WHERE t.action = 'plugin.switched' AND t.object = $1 AND t.structure = $2"
            " ORDER BY t.id DESC LIMIT 20",
            plugin_id,
            structure.id,
        ),
    )


async def flip(
    platform: Platform,
    user: CurrentUser,
    plugin_id: str,
    structure_id: UUID,
    state: Switch,
) -> Activity:
    """Sets the switch (`unset`: back to the region's rule), writes it to the audit trail and refreshes the slots.

    All in one transaction; in effect at once here, within half a second in the other processes. Appointments keep
    their channel. Returns what the plugin is now. Raises `NotFound` when the switch is not the user's, `Refused` when
    the region's policy holds it.
    """
    async with platform.db.atomic():
        snapshot = await platform.plugins.fresh()
        structure = snapshot.structures.get(structure_id)
        record, structure = _find(
            platform, user, snapshot, plugin_id, structure.slug if structure else ""
        )
        feature = _feature(record, snapshot)
        if feature.policy in _LOCKED:
            raise Refused(_("La région a fixé cette fonctionnalité pour toutes les structures."))
        if not _cell(user, snapshot, feature, structure.id).may_flip:
            raise NotFound("not this user's switch")
        await _write(platform, user, plugin_id, structure.id, state)
        await audit.record(
            platform,
            user,
            "plugin.switched",
            structure_id=structure.id,
            target=plugin_id,
            detail={"state": state},
        )
        await agenda.refresh_structure(platform, structure.id)
    snapshot = await platform.plugins.fresh()
    return snapshot.activity[structure.id][plugin_id]


async def _write(
    platform: Platform, user: CurrentUser, plugin_id: str, structure_id: UUID, state: Switch
) -> None:
    if state == "unset":
        await platform.db.execute(
            "DELETE FROM plugin_switch WHERE plugin = $1 AND structure = $2",
            plugin_id,
            structure_id,
        )
        return
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state,"
        " changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        plugin_id,
        structure_id,
        state,
        user.account_id,
        platform.clock.now(),
    )


def _switchable(platform: Platform) -> list[PluginRecord]:
    return [
        record
        for record in platform.board.loaded
        if record.manifest is not None and record.manifest.scope == "structure"
    ]


def _sees(user: CurrentUser, snapshot: Snapshot, record: PluginRecord) -> bool:
    return user.is_coordination or record.id in snapshot.delegated


def _find(
    platform: Platform, user: CurrentUser, snapshot: Snapshot, plugin_id: str, slug: str
) -> tuple[PluginRecord, StructureRef]:
    record = next((one for one in _switchable(platform) if one.id == plugin_id), None)
    structure = next((ref for ref in snapshot.structures.values() if ref.slug == slug), None)
    if (
        record is None
        or structure is None
        or not user.manages(structure.id)
        or not _sees(user, snapshot, record)
    ):
        raise NotFound("no such switch")
    return record, structure


def _feature(record: PluginRecord, snapshot: Snapshot) -> Feature:
    return Feature(
        id=record.id,
        name=record.manifest.name if record.manifest else record.id,
        summary=record.manifest.summary if record.manifest else "",
        policy=snapshot.policies[record.id],
        is_delegated=record.id in snapshot.delegated,
        on_count=len(snapshot.structures_with(record.id)),
    )


def _cell(user: CurrentUser, snapshot: Snapshot, feature: Feature, structure_id: UUID) -> Cell:
    allowed = user.is_coordination or (feature.is_delegated and user.manages(structure_id))
    return Cell(
        plugin_id=feature.id,
        activity=snapshot.activity[structure_id][feature.id],
        may_flip=allowed and feature.policy not in _LOCKED,
    )


async def _consequences(
    platform: Platform, snapshot: Snapshot, plugin_id: str, structure_id: UUID
) -> Consequences:
    if not snapshot.is_on(plugin_id, structure_id):
        return Consequences()
    channels = [
        key for key, owned in platform.board.channels.items() if owned.plugin_id == plugin_id
    ]
    now = platform.clock.now()
    appointments = await platform.db.fetch_value(
        "SELECT count(*) FROM appointment WHERE structure = $1 AND channel = ANY($2) AND status = 'booked'"
        " AND starts_at > $3",
        structure_id,
        channels,
        now,
    )
    slots = await platform.db.fetch_value(
        "SELECT count(*) FROM slot WHERE structure = $1 AND channels && $2 AND starts_at > $3",
        structure_id,
        channels,
        now,
    )
    dependants = tuple(
        record.manifest.name
        for record in platform.board.loaded
        if record.manifest is not None
        and plugin_id in record.manifest.requires
        and snapshot.is_on(record.id, structure_id)
    )
    return Consequences(appointments=appointments, slots=slots, dependants=dependants)
