"""The state of the plugins in force: switches, policies and settings as one immutable snapshot.

A snapshot is read once per request or job and passed down, so that a switch cannot flip in the middle. Any change in
the database raises a revision (a trigger does), which every process compares at most four times a second.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.contracts.context import StructureRef
from core.extension.activation import Activity, PluginFacts, Policy, Switch, decide
from core.extension.board import Board, Owned, PluginRecord
from core.extension.dispatch import Dispatcher
from core.extension.plugin_settings import Kept, Reading, Resolved, read_settings, runs_code, unread
from core.keys import Keyring
from core.settings import Settings
from core.storage.engine import Database

T = TypeVar("T")
_FRESH_SECONDS = 0.25
_READ_SECONDS = 1.0
"""How long a plugin may take to read its settings; one that takes longer is misconfigured, and asked again after a while."""
_AGAIN_SECONDS = 60.0
_OFF = Activity(on=False, why="not_loaded")


_EVERYTHING = """
    SELECT revision,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'slug', slug, 'department', department,
            'phone', phone, 'email', email)), '[]') FROM structure WHERE status <> 'draft') AS structures,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('plugin', plugin, 'structure', structure, 'state', state)), '[]')
            FROM plugin_switch) AS switches,
        (SELECT coalesce(jsonb_agg(p), '[]') FROM plugin_policy p) AS policies,
        (SELECT coalesce(jsonb_agg(v), '[]') FROM plugin_settings v) AS settings
    FROM plugin_revision
"""


class _SwitchRow(msgspec.Struct, frozen=True, kw_only=True):
    plugin: str
    structure: UUID
    state: Switch


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Which plugin is on where, and with which settings, at one revision. `facts` are what that was decided from."""

    revision: int
    structures: Mapping[UUID, StructureRef]
    activity: Mapping[UUID, Mapping[str, Activity]]
    policies: Mapping[str, Policy]
    delegated: frozenset[str]
    settings: Mapping[tuple[str, UUID | None], Resolved]
    facts: Mapping[UUID, Mapping[str, PluginFacts]] = {}
    derived: dict[Hashable, Any] = {}
    chosen: dict[Any, dict[UUID | None, tuple[Owned[Any], ...]]] = {}

    def is_on(self, plugin_id: str, structure_id: UUID | None) -> bool:
        """Whether the plugin is on for the structure. No structure: off."""
        if structure_id is None:
            return False
        return self.activity.get(structure_id, {}).get(plugin_id, _OFF).on

    async def derive(self, key: Hashable, work_out: Callable[[], Awaitable[T]]) -> T:
        """What follows from this revision alone, such as the terms of a structure: worked out once, forgotten with it."""
        if key not in self.derived:
            self.derived[key] = await work_out()
        answer: T = self.derived[key]
        return answer

    def on_somewhere(self, plugin_id: str) -> bool:
        """Whether the plugin is on for one structure at least."""
        return plugin_id == "core" or any(
            activity.get(plugin_id, _OFF).on for activity in self.activity.values()
        )

    def structures_with(self, plugin_id: str) -> list[StructureRef]:
        """The structures where the plugin is on, by name."""
        found = [ref for ref in self.structures.values() if self.is_on(plugin_id, ref.id)]
        return sorted(found, key=lambda ref: ref.name)

    def settings_of(self, plugin_id: str, structure_id: UUID | None) -> Any:
        """The plugin's settings Struct for the structure (or the region); None when it has none."""
        resolved = self.settings.get((plugin_id, structure_id)) or self.settings.get(
            (plugin_id, None)
        )
        return resolved.value if resolved is not None else None


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """How a plugin read what is kept of its settings, and until when that holds."""

    kept: Mapping[UUID | None, Kept]
    reading: Reading
    until: float


class PluginStates:
    """Keeps the snapshot in step with the database."""

    def __init__(
        self,
        database: Database,
        board: Board,
        settings: Settings,
        keys: Keyring,
        dispatch: Dispatcher,
    ) -> None:
        self._database = database
        self._board = board
        self._settings = settings
        self._keys = keys
        self._dispatch = dispatch
        self._read: dict[str, _Read] = {}
        self._snapshot: Snapshot | None = None
        self._checked_at = 0.0

    async def current(self) -> Snapshot:
        """The snapshot in force, at most a quarter of a second old."""
        if self._snapshot is not None and time.monotonic() - self._checked_at < _FRESH_SECONDS:
            return self._snapshot
        return await self.fresh()

    async def fresh(self) -> Snapshot:
        """The snapshot in force now: inside a transaction, what that transaction sees."""
        revision = await self._database.fetch_value("SELECT revision FROM plugin_revision")
        snapshot = self._snapshot
        if snapshot is None or snapshot.revision != revision:
            snapshot = await self._load()
        if not self._database.in_transaction:
            self._snapshot, self._checked_at = snapshot, time.monotonic()
        return snapshot

    async def _load(self) -> Snapshot:
        """Everything in one statement: a snapshot is of one moment, and of the revision that it bears."""
        row = await self._database.fetch_one(_EVERYTHING)
        assert row is not None
        structures = msgspec.convert(row["structures"], list[StructureRef])
        policies, delegated = self._policies(row["policies"])
        readings = await self._read_all(row["settings"])
        resolved = {
            (plugin_id, where): settings
            for plugin_id, reading in readings.items()
            for where, settings in reading.resolved.items()
        }
        usual = {
            record.id: PluginFacts(
                policy=policies[record.id],
                requires=record.manifest.requires if record.manifest else (),
                settings_valid=not resolved[(record.id, None)].problems,
                always_on=record.id == "core",
            )
            for record in self._board.loaded
        }
        own: dict[UUID, dict[str, PluginFacts]] = {}
        for switch in msgspec.convert(row["switches"], list[_SwitchRow]):
            if switch.plugin in usual:
                facts = own.setdefault(switch.structure, dict(usual))
                facts[switch.plugin] = replace(facts[switch.plugin], switch=switch.state)
        for (plugin_id, structure_id), settings in resolved.items():
            if structure_id is not None:
                facts = own.setdefault(structure_id, dict(usual))
                facts[plugin_id] = replace(facts[plugin_id], settings_valid=not settings.problems)
        # Most structures have settled nothing of their own: what is decided once is true of all of them.
        decided = decide(usual)
        return Snapshot(
            revision=row["revision"],
            structures={structure.id: structure for structure in structures},
            activity={
                one.id: decide(own[one.id]) if one.id in own else decided for one in structures
            },
            facts={one.id: own.get(one.id, usual) for one in structures},
            policies=policies,
            delegated=delegated,
            settings=resolved,
        )

    def _policies(self, rows: list[Any]) -> tuple[dict[str, Policy], frozenset[str]]:
        """Stored policy over the deployment's (`plugins.toml`) over `available`."""
        stored = {row["plugin"]: row for row in rows}
        policies: dict[str, Any] = {}
        delegated = set()
        for record in self._board.loaded:
            deployed = self._settings.plugin.get(record.id)
            row = stored.get(record.id)
            policy = row["policy"] if row else deployed.policy if deployed else "available"
            policies[record.id] = policy
            if row["delegated"] if row else deployed is not None and deployed.delegated:
                delegated.add(record.id)
        return policies, frozenset(delegated)

    async def read(self, plugin_id: str) -> Reading:
        """How a loaded plugin reads what is kept of its settings now."""
        rows = await self._database.fetch(
            'SELECT plugin, structure, "values", version FROM plugin_settings WHERE plugin = $1',
            plugin_id,
        )
        return await self._read_one(self._board.plugins[plugin_id], _by_structure(rows))

    async def _read_all(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Reading]:
        of: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            of.setdefault(row["plugin"], []).append(row)
        loaded = self._board.loaded
        found = await asyncio.gather(
            *(self._read_one(record, _by_structure(of.get(record.id, ()))) for record in loaded)
        )
        return {record.id: reading for record, reading in zip(loaded, found, strict=True)}

    async def _read_one(self, record: PluginRecord, kept: Mapping[UUID | None, Kept]) -> Reading:
        """Asks the plugin once for the same values. Its code runs apart, like all of it; what runs none needs no thread."""
        spec = record.settings
        if spec is None:
            return Reading(resolved={None: Resolved()})
        known = self._read.get(record.id)
        if known is not None and known.kept == kept and time.monotonic() < known.until:
            return known.reading
        read = partial(read_settings, record.id, spec, self.deployed(record.id), kept, self._keys)
        until = math.inf
        if runs_code(spec, kept.values()):
            outcome = await self._dispatch.ask(
                record.id, "settings", read, Any, timeout_seconds=_READ_SECONDS
            )
            reading = outcome.value
            if reading is None:
                reading = unread(kept, record.defaults, outcome.problem)
                until = time.monotonic() + _AGAIN_SECONDS
        else:
            reading = read()
        self._read[record.id] = _Read(kept=kept, reading=reading, until=until)
        return reading

    def deployed(self, plugin_id: str) -> Mapping[str, Any]:
        """What `plugins.toml` and the environment say of a plugin's settings."""
        deployed = self._settings.plugin.get(plugin_id)
        return deployed.settings if deployed else {}


def _by_structure(rows: Iterable[Mapping[str, Any]]) -> dict[UUID | None, Kept]:
    return {
        msgspec.convert(row["structure"], UUID | None): Kept(
            values=row["values"], version=row["version"]
        )
        for row in rows
    }
