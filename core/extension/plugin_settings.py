"""A plugin's settings: structure over region over deployment over the Struct's default, field by field."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.contracts.surfaces import SettingsSpec


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force and, field by field, why they cannot be used (then `value` is the default Struct)."""

    value: Any = None
    problems: Mapping[str, str] = {}


def resolve(spec: SettingsSpec | None, *levels: Mapping[str, Any]) -> Resolved:
    """Settles every field from the last level that has it. Unknown keys and bad values are problems, never exceptions."""
    if spec is None:
        return Resolved()
    merged: dict[str, Any] = {}
    for level in levels:
        merged.update(level)
    fields = {field.name: field for field in msgspec.structs.fields(spec.struct)}
    problems = {key: "unknown setting" for key in merged if key not in fields}
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in merged:
            continue
        try:
            values[name] = msgspec.convert(merged[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            problems[name] = str(error)
    if problems:
        return Resolved(value=spec.struct(), problems=problems)
    try:
        return Resolved(value=spec.struct(**values))
    except (TypeError, ValueError) as error:
        return Resolved(value=spec.struct(), problems={"": str(error)})
