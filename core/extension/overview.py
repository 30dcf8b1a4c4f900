"""What is plugged in and how it is: for the plugin page, for `somobilite plugin list` and for `somobilite check`."""

import asyncio
from functools import partial
from uuid import UUID

import msgspec

from core.contracts.surfaces import Health, HealthCheck
from core.extension import reactions
from core.extension.board import Owned, PluginRecord
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import _


class HealthLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of health and the plugin that says it; `structure_id` where it is about one structure only."""

    plugin_id: str
    structure_id: UUID | None = None
    health: Health


class PluginLine(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin: `reason` says why it is not loaded, `on_in` names the structures where it is on, `deprecated` tells what it
    should stop using.
    """

    id: str
    name: str
    summary: str
    version: str
    origin: str
    scope: str
    state: str
    reason: str
    policy: str
    delegated: bool
    hooks: tuple[str, ...]
    capabilities: tuple[str, ...]
    personal_data: str
    outbound_hosts: tuple[str, ...]
    on_in: tuple[str, ...]
    deprecated: tuple[str, ...] = ()


async def list_plugins(platform: Platform) -> list[PluginLine]:
    """Every plugin that was found, the core first, then by id, loaded or not."""
    snapshot = await platform.plugins.current()
    records = sorted(
        platform.board.plugins.values(), key=lambda record: (record.id != "core", record.id)
    )
    return [_line(record, snapshot) for record in records]


async def check_health(platform: Platform, structure_id: UUID | None = None) -> list[HealthLine]:
    """What the plugins that are on somewhere (in the structure, if there is one) say of themselves, by plugin; a check that fails is
    a failing line. For a structure they are told of it alone, with its settings.
    """
    snapshot = await platform.plugins.current()
    checks = [
        owned
        for owned in platform.board.health_checks
        if (
            snapshot.on_somewhere(owned.plugin_id)
            if structure_id is None
            else snapshot.is_on(owned.plugin_id, structure_id)
        )
    ]
    answers = await asyncio.gather(
        *(_ask(platform, snapshot, owned, structure_id) for owned in checks)
    )
    lines = [line for lines in answers for line in lines]
    return lines + await _untold(platform, snapshot, structure_id)


async def _untold(
    platform: Platform, snapshot: Snapshot, structure_id: UUID | None
) -> list[HealthLine]:
    """The turns that a plugin could not follow yet, one line each, whether it is on anywhere or not."""
    return [
        HealthLine(
            plugin_id=told.plugin_id,
            structure_id=told.structure_id,
            health=Health(
                name=(
                    _("Activation pour %(structure)s")
                    if told.is_on
                    else _("Arrêt pour %(structure)s")
                )
                % {"structure": snapshot.structures[told.structure_id].name},
                state="failing" if told.state == "dead" else "degraded",
                detail=told.reason,
                hint=_(
                    "Plus aucun essai n’a lieu tout seul : relancez-le depuis la page de cette fonctionnalité dans la structure."
                )
                if told.state == "dead"
                else _("Un nouvel essai a lieu tout seul."),
            ),
        )
        for told in await reactions.list_told(platform, structure_id)
        if told.is_in_trouble and told.structure_id in snapshot.structures
    ]


async def _ask(
    platform: Platform, snapshot: Snapshot, owned: Owned[HealthCheck], structure_id: UUID | None
) -> list[HealthLine]:
    context = platform.context(owned.plugin_id, snapshot)
    if structure_id is not None:
        context = msgspec.structs.replace(
            context,
            settings=snapshot.settings_of(owned.plugin_id, structure_id),
            structures=(snapshot.structures[structure_id],),
        )
    outcome = await platform.dispatch.ask(
        owned.plugin_id, "health_check", partial(owned.item.check, context), list[Health]
    )
    found = outcome.value or []
    if not outcome.ok:
        found = [
            Health(
                name=owned.item.key,
                state="failing",
                detail=outcome.problem,
                hint="the check itself failed: see the logs, or deny the plugin",
            )
        ]
    return [HealthLine(plugin_id=owned.plugin_id, health=health) for health in found]


def _line(record: PluginRecord, snapshot: Snapshot) -> PluginLine:
    manifest = record.manifest
    loaded = record.state == "loaded"
    return PluginLine(
        id=record.id,
        name=manifest.name if manifest else record.id,
        summary=manifest.summary if manifest else "",
        version=manifest.version if manifest else "",
        origin=record.origin,
        scope=manifest.scope if manifest else "",
        state=record.state,
        reason=record.reason,
        policy=snapshot.policies.get(record.id, "") if record.id != "core" else "",
        delegated=record.id in snapshot.delegated,
        hooks=record.hooks,
        capabilities=manifest.capabilities if manifest else (),
        personal_data=manifest.personal_data if manifest else "",
        outbound_hosts=manifest.outbound_hosts if manifest else (),
        on_in=tuple(ref.name for ref in snapshot.structures_with(record.id)) if loaded else (),
        deprecated=record.deprecated,
    )
