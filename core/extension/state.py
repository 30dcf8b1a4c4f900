"""The state of the plugins in force: switches, policies and settings as one immutable snapshot.

A snapshot is read once per request or job and passed down, so that a switch cannot flip in the middle. Any change in
the database raises a revision (a trigger does), which every process compares at most twice a second.
"""

import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from core.contracts.context import StructureRef
from core.extension.activation import Activity, PluginFacts, Policy, Switch, decide
from core.extension.board import Board, Owned
from core.extension.plugin_settings import Resolved, resolve
from core.settings import Settings
from core.storage.engine import Database

T = TypeVar("T")
_FRESH_SECONDS = 0.5
_OFF = Activity(on=False, why="not_loaded")


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Which plugin is on where, and with which settings, at one revision."""

    revision: int
    structures: Mapping[UUID, StructureRef]
    activity: Mapping[UUID, Mapping[str, Activity]]
    policies: Mapping[str, Policy]
    delegated: frozenset[str]
    settings: Mapping[tuple[str, UUID | None], Resolved]
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


class PluginStates:
    """Keeps the snapshot in step with the database."""

    def __init__(self, database: Database, board: Board, settings: Settings) -> None:
        self._database = database
        self._board = board
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._checked_at = 0.0

    async def current(self) -> Snapshot:
        """The snapshot in force, at most half a second old."""
        if self._snapshot is not None and time.monotonic() - self._checked_at < _FRESH_SECONDS:
            return self._snapshot
        return await self.fresh()

    async def fresh(self) -> Snapshot:
        """The snapshot in force now: inside a transaction, what that transaction sees."""
        revision = await self._database.fetch_value("SELECT revision FROM plugin_revision")
        snapshot = self._snapshot
        if snapshot is None or snapshot.revision != revision:
            snapshot = await self._load(revision)
        if not self._database.in_transaction:
            self._snapshot, self._checked_at = snapshot, time.monotonic()
        return snapshot

    async def _load(self, revision: int) -> Snapshot:
        structures = await self._database.structs(
            StructureRef,
            "SELECT id, name, slug, department, phone, email FROM structure WHERE status <> 'draft'",
        )
        switches: dict[tuple[str, UUID], Switch] = {
            (row["plugin"], row["structure"]): row["state"]
            for row in await self._database.fetch(
                "SELECT plugin, structure, state FROM plugin_switch"
            )
        }
        policies, delegated = self._policies(
            await self._database.fetch("SELECT plugin, policy, delegated FROM plugin_policy")
        )
        stored = {
            (row["plugin"], row["structure"]): row["values"]
            for row in await self._database.fetch(
                'SELECT plugin, structure, "values" FROM plugin_settings'
            )
        }
        resolved: dict[tuple[str, UUID | None], Resolved] = {}
        activity: dict[UUID, dict[str, Activity]] = {}
        loaded = self._board.loaded
        for record in loaded:
            resolved[(record.id, None)] = self._resolve(record.id, None, stored)
        for structure in structures:
            facts = {}
            for record in loaded:
                own = resolved[(record.id, None)]
                if (record.id, structure.id) in stored:
                    own = self._resolve(record.id, structure.id, stored)
                    resolved[(record.id, structure.id)] = own
                facts[record.id] = PluginFacts(
                    policy=policies[record.id],
                    switch=switches.get((record.id, structure.id), "unset"),
                    requires=record.manifest.requires if record.manifest else (),
                    settings_valid=not own.problems,
                    always_on=record.id == "core",
                )
            activity[structure.id] = decide(facts)
        return Snapshot(
            revision=revision,
            structures={structure.id: structure for structure in structures},
            activity=activity,
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

    def _resolve(
        self,
        plugin_id: str,
        structure_id: UUID | None,
        stored: Mapping[tuple[str, UUID | None], Mapping[str, Any]],
    ) -> Resolved:
        deployed = self._settings.plugin.get(plugin_id)
        return resolve(
            self._board.plugins[plugin_id].settings,
            deployed.settings if deployed else {},
            stored.get((plugin_id, None), {}),
            stored.get((plugin_id, structure_id), {}) if structure_id else {},
        )
