"""A plugin's settings: structure over region over deployment over the Struct's default, field by field.

What is kept in the database is opened first: secrets are unsealed, values of an older version of the plugin migrated. Whatever
goes wrong is a problem of a field, never an exception: the plugin is misconfigured there, and nothing else.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

import msgspec

from core.contracts.surfaces import SettingsSpec
from core.errors import FriendlyError, SealError
from core.keys import Keyring

_WHATEVER = (Exception, SystemExit, asyncio.CancelledError)
"""What the plugin's own code may raise."""
_FOREIGN = frozenset({msgspec.Struct, *msgspec.Struct.__mro__})
_FACTORIES = (msgspec.NODEFAULT, list, dict, set, frozenset, tuple)
SEALED = "$sealed"
"""The one key of the object that stands for a secret where values are kept."""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force and, field by field, why they cannot be used (then `value` is the default Struct)."""

    value: Any = None
    problems: Mapping[str, str] = {}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one level as the database has them: secrets sealed, in the version of the plugin that wrote them."""

    values: Mapping[str, Any] = {}
    version: int = 1


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one level as the plugin reads them today, and why some could not be read."""

    values: Mapping[str, Any] = {}
    problems: Mapping[str, str] = {}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a plugin's settings, by structure (None: the region): what each level says, and what is in force there."""

    opened: Mapping[UUID | None, Opened] = {}
    resolved: Mapping[UUID | None, Resolved] = {}


def spec_fault(spec: SettingsSpec) -> str:
    """Why a plugin's settings cannot be used at all, in a developer's words; nothing when they can."""
    fields = {field.name: field for field in msgspec.structs.fields(spec.struct)}
    needed = [name for name, field in fields.items() if field.required]
    if needed:
        return f"settings: the field {needed[0]!r} has no default; every field needs one"
    unknown = [name for name in spec.secrets if name not in fields]
    if unknown:
        return f"settings: the secret {unknown[0]!r} is no field of {spec.struct.__name__}"
    try:
        msgspec.to_builtins(spec.struct())
    except _WHATEVER as error:
        return f"settings: {spec.struct.__name__} refuses its own defaults: {error}"
    return ""


def sealing_purpose(plugin_id: str) -> str:
    """The purpose under which the secrets of a plugin's settings are sealed."""
    return f"settings:{plugin_id}"


def seal_secrets(
    plugin_id: str, spec: SettingsSpec, values: Mapping[str, Any], keys: Keyring
) -> dict[str, Any]:
    """The values as they are kept: secrets sealed, the rest as it is."""
    purpose = sealing_purpose(plugin_id)
    return {
        name: {SEALED: keys.seal(purpose, str(value))} if name in spec.secrets else value
        for name, value in values.items()
    }


def open_kept(plugin_id: str, spec: SettingsSpec | None, kept: Kept, keys: Keyring) -> Opened:
    """Unseals the secrets, then brings the values to the plugin's present version. Never raises."""
    if spec is None:
        return Opened()
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in kept.values.items():
        if isinstance(value, dict) and value.keys() == {SEALED}:
            try:
                values[name] = keys.unseal(sealing_purpose(plugin_id), str(value[SEALED]))
            except SealError:
                problems[name] = "the key that sealed this secret is gone: type it again"
        else:
            values[name] = value
    if not kept.values or kept.version == spec.version:
        return Opened(values=values, problems=problems)
    if kept.version > spec.version:
        newer = (
            f"written by version {kept.version} of the settings, this plugin knows {spec.version}"
        )
        return Opened(values=values, problems={**problems, "": newer})
    return _migrated(spec, kept.version, values, problems)


def read_settings(
    plugin_id: str,
    spec: SettingsSpec,
    deployed: Mapping[str, Any],
    kept: Mapping[UUID | None, Kept],
    keys: Keyring,
) -> Reading:
    """What the plugin makes of all that is kept. Never raises; runs the plugin's own code (`migrate`, its Struct), which may take
    its time.
    """
    opened = {where: open_kept(plugin_id, spec, one, keys) for where, one in kept.items()}
    region = opened.get(None, Opened())
    resolved: dict[UUID | None, Resolved] = {
        where: resolve(
            spec,
            deployed,
            region.values,
            own.values,
            problems={**region.problems, **own.problems},
        )
        for where, own in opened.items()
        if where is not None
    }
    resolved[None] = resolve(spec, deployed, region.values, problems=region.problems)
    return Reading(opened=opened, resolved=resolved)


def runs_code(spec: SettingsSpec, kept: Iterable[Kept]) -> bool:
    """Whether reading these values runs code of the plugin's own: a migration that is due, or a Struct that does more than hold
    values.
    """
    due = any(one.values and one.version != spec.version for one in kept)
    return (due and spec.migrate is not None) or not _only_holds(spec.struct)  # type: ignore[arg-type]  # a class has a hash


@lru_cache(maxsize=1024)
def _only_holds(struct: Any) -> bool:
    """Whether a Struct has no code of its own, nor any type of its fields, nor the factory of a default."""
    own = {name for one in struct.__mro__ if one not in _FOREIGN for name in vars(one)}
    return not own & {"__post_init__", "__init__", "__new__"} and all(
        field.default_factory in _FACTORIES and _is_plain(field.type)
        for field in msgspec.structs.fields(struct)
    )


def _is_plain(kind: Any) -> bool:
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return True
    if parts:
        return all(_is_plain(part) for part in parts if not isinstance(part, msgspec.Meta))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _only_holds(kind)
    return getattr(kind, "__module__", "builtins") in {"builtins", "datetime", "decimal", "uuid"}


def unread(kept: Iterable[UUID | None], defaults: Any, problem: str) -> Reading:
    """What stands for settings that could not be read: the plugin is misconfigured wherever it has any."""
    wrong = Resolved(value=defaults, problems={"": problem})
    return Reading(
        opened={where: Opened(problems=wrong.problems) for where in kept},
        resolved=dict.fromkeys({None, *kept}, wrong),
    )


def resolve(
    spec: SettingsSpec | None,
    *levels: Mapping[str, Any],
    problems: Mapping[str, str] | None = None,
) -> Resolved:
    """Settles every field from the last level that has it.

    Unknown keys and bad values are problems, never exceptions; `problems` are those that the levels came with.
    """
    if spec is None:
        return Resolved()
    merged: dict[str, Any] = {}
    for level in levels:
        merged.update(level)
    fields = {field.name: field for field in msgspec.structs.fields(spec.struct)}
    found = {key: "unknown setting" for key in merged if key not in fields} | dict(problems or {})
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in merged:
            continue
        try:
            values[name] = msgspec.convert(merged[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            found[name] = str(error)
    if found:
        return Resolved(value=spec.struct(), problems=found)
    return build(spec, values)


def build(spec: SettingsSpec, values: Mapping[str, Any]) -> Resolved:
    """The Struct of values that are each right by themselves; what it says of them together is a problem.

    A `FriendlyError` names its field; a plain error may begin with one: `server: an address such as …`.
    """
    try:
        return Resolved(value=spec.struct(**values))
    except FriendlyError as refusal:
        problem = {refusal.field or "": refusal.message}
    except _WHATEVER as error:
        name, _, words = str(error).partition(": ")
        known = name in spec.struct.__struct_fields__ and words
        problem = {name: words} if known else {"": str(error) or type(error).__name__}
    return Resolved(value=spec.struct(), problems=problem)


def _migrated(
    spec: SettingsSpec, version: int, values: Mapping[str, Any], problems: Mapping[str, str]
) -> Opened:
    if spec.migrate is None:
        return Opened(values=values, problems=problems)
    try:
        return Opened(
            values=msgspec.convert(spec.migrate(version, values), dict[str, Any]), problems=problems
        )
    except _WHATEVER as error:
        words = f"version {version} of the settings could not be migrated: {error}"
        return Opened(problems={**problems, "": words})
