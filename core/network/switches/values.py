"""A plugin's settings for the region or for one structure: what is inherited, what is its own, tried out, then kept."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda import service as agenda
from core.contracts.context import StructureRef
from core.contracts.surfaces import SettingsSpec
from core.errors import Conflict, NotFound
from core.extension.plugin_settings import Opened, Resolved, resolve, seal_secrets
from core.network.switches import rules
from core.network.switches.reprojection import follow, makes_free_time
from core.network.switches.rules import Feature
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a plugin at one level (no `structure`: the region's).

    `inherited` is what every field is without this level, `own` what this level says. `problems` tell what is wrong with
    what is in force; `may_change` is whether the user holds them.
    """

    feature: Feature
    spec: SettingsSpec
    structure: StructureRef | None
    inherited: Mapping[str, Any]
    own: Mapping[str, Any]
    problems: Mapping[str, str]
    may_change: bool

    @property
    def effective(self) -> dict[str, Any]:
        """The value of every field."""
        return {**self.inherited, **self.own}

    @property
    def mark(self) -> str:
        """A mark of what this level says: whoever saves must have seen it."""
        return hashlib.sha256(msgspec.json.encode(self.own, order="sorted")).hexdigest()[:32]


async def read_values(platform: Platform, user: CurrentUser, plugin_id: str, slug: str) -> Values:
    """The settings of a structure, or of the region when `slug` is empty.

    Raises `NotFound` when the plugin has none, or they are not this user's to see.
    """
    snapshot = await platform.plugins.fresh()
    structure = rules.find_structure(user, snapshot, slug) if slug else None
    if structure is None:
        record = rules.find_loaded(platform, user, plugin_id)
    else:
        record = rules.find_record(platform, user, snapshot, plugin_id)
    if record.settings is None:
        raise NotFound("no such settings")
    reading = await platform.plugins.read(plugin_id)
    levels: list[Mapping[str, Any]] = [platform.plugins.deployed(plugin_id)]
    where = structure.id if structure else None
    if structure is not None:
        levels.append(reading.opened.get(None, Opened()).values)
    own = reading.opened.get(where, Opened())
    in_force = reading.resolved.get(where, reading.resolved[None])
    return Values(
        feature=rules.feature_of(record, snapshot),
        spec=record.settings,
        structure=structure,
        inherited=_known(record.settings, *levels),
        own=_fitting(record.settings, own.values),
        problems=in_force.problems,
        may_change=user.is_coordination or plugin_id in snapshot.delegated,
    )


def _fitting(spec: SettingsSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are those of a field and fit it, in plain JSON; the others are among the problems."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(spec.struct):
        if field.name in values:
            with suppress(msgspec.ValidationError):
                found[field.name] = _plain(
                    msgspec.convert(values[field.name], field.type, strict=False)
                )
    return found


def _known(spec: SettingsSpec, *levels: Mapping[str, Any]) -> dict[str, Any]:
    """Every field from the last level that has a fitting value, else its default; in plain JSON."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(spec.struct):
        made = field.default_factory is not msgspec.NODEFAULT
        found[field.name] = _plain(field.default_factory() if made else field.default)
    for level in levels:
        found.update(_fitting(spec, level))
    return found


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def settle(values: Values, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What this level would say, were its fields `wanted`: only what differs from what is inherited.

    A secret is its own as soon as it is given here, for whether it is the same is nobody's to learn.
    """
    return {
        name: value
        for name, value in wanted.items()
        if name in values.spec.secrets or value != values.inherited[name]
    }


async def try_build(platform: Platform, values: Values, own: Mapping[str, Any]) -> Resolved:
    """The Struct that these values would give at this level, or what is wrong with it."""
    outcome = await platform.dispatch.ask(
        values.feature.id, "settings", partial(resolve, values.spec, values.inherited, own), Any
    )
    return outcome.value or Resolved(problems={"": outcome.problem})


async def save_values(
    platform: Platform, user: CurrentUser, values: Values, own: Mapping[str, Any]
) -> list[StructureRef]:
    """Keeps what this level says, secrets sealed, and projects the slots again where that may matter.

    Returns the structures that are misconfigured by it. Raises `NotFound` when the user does not hold these settings,
    `Conflict` when someone else changed them since `values` was read.
    """
    if not values.may_change:
        raise NotFound("not this user's settings")
    plugin_id = values.feature.id
    structure_id = values.structure.id if values.structure else None
    before = await platform.plugins.fresh()
    changed = sorted(
        name for name in {*own, *values.own} if own.get(name, _NONE) != values.own.get(name, _NONE)
    )
    async with platform.db.atomic():
        await platform.db.execute("SELECT FROM plugin_revision FOR UPDATE")
        held = await platform.plugins.fresh()
        slug = values.structure.slug if values.structure else ""
        if (await read_values(platform, user, plugin_id, slug)).mark != values.mark:
            raise changed_elsewhere()
        await _write(platform, user, values, structure_id, own)
        await audit.record(
            platform,
            user,
            "plugin.settings_changed",
            structure_id=structure_id,
            target=plugin_id,
            detail={"fields": changed},
        )
        if makes_free_time(platform, [plugin_id]):
            await _refresh(platform, structure_id)
        else:
            await follow(platform, held.activity, (await platform.plugins.fresh()).activity)
    after = await platform.plugins.fresh()
    return [
        ref
        for ref in after.structures.values()
        if after.activity[ref.id][plugin_id].why == "misconfigured"
        and before.activity.get(ref.id, {}).get(plugin_id) != after.activity[ref.id][plugin_id]
    ]


def changed_elsewhere() -> Conflict:
    """What is said to who saves over settings that they have not seen."""
    return Conflict(
        _("Ces réglages viennent de changer ailleurs : revoyez-les avant d’enregistrer.")
    )


_NONE = object()


async def _write(
    platform: Platform,
    user: CurrentUser,
    values: Values,
    structure_id: UUID | None,
    own: Mapping[str, Any],
) -> None:
    if not own:
        await platform.db.execute(
            "DELETE FROM plugin_settings WHERE plugin = $1 AND structure IS NOT DISTINCT FROM $2",
            values.feature.id,
            structure_id,
        )
        return
    await platform.db.execute(
        'INSERT INTO plugin_settings (plugin, structure, "values", version, changed_by, changed_at)'
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (plugin, structure) DO UPDATE SET"
        ' "values" = excluded."values", version = excluded.version, changed_by = excluded.changed_by,'
        " changed_at = excluded.changed_at",
        values.feature.id,
        structure_id,
        seal_secrets(values.feature.id, values.spec, own, platform.keys),
        values.spec.version,
        user.account_id,
        platform.clock.now(),
    )


async def _refresh(platform: Platform, structure_id: UUID | None) -> None:
    """The slots of everyone who works in the structure, or in the region."""
    rows = await platform.db.fetch(
        "SELECT DISTINCT a.id FROM advisor a JOIN membership m ON m.account = a.account"
        " WHERE $1::uuid IS NULL OR m.structure = $1",
        structure_id,
    )
    await agenda.refresh(platform, [row["id"] for row in rows])
