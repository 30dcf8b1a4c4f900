"""The fields of a form, from the types and the `msgspec.Meta` of a Struct."""

import enum
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from babel import Locale
from msgspec import Meta

from core.contracts.surfaces import SettingsSpec
from core.web.i18n import _, current_locale, ngettext

Kind = Literal[
    "text",
    "long_text",
    "number",
    "duration",
    "switch",
    "choice",
    "choices",
    "list",
    "pairs",
    "secret",
    "colour",
    "language",
]
_LONG = 200
"""A text that may be longer than this is drawn on several lines."""
_SEQUENCES = (list, tuple, set, frozenset)
_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class SettingField(msgspec.Struct, frozen=True, kw_only=True):
    """One field: how it is drawn, what it says, and the type that its value must have.

    `options` are (value, words) pairs; `least` and `most` bound a number, both inclusive, `above` and `below` exclusive.
    """

    name: str
    kind: Kind
    type: Any
    title: str
    description: str = ""
    unit: str = ""
    example: str = ""
    options: Sequence[tuple[str, str]] = ()
    is_optional: bool = False
    is_whole: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    longest: int | None = None
    pattern: str = ""


def fields_of(spec: SettingsSpec) -> list[SettingField]:
    """The fields in the order of the Struct, in the present language."""
    return [
        _field(field.name, field.type, is_secret=field.name in spec.secrets)
        for field in msgspec.structs.fields(spec.struct)
    ]


def _field(name: str, kind: Any, *, is_secret: bool) -> SettingField:
    base, metas, is_optional = _unwrap(kind)
    extra: dict[str, Any] = {}
    for meta in metas:
        extra.update(meta.extra_json_schema or {})
    options = _options(base, extra)
    return SettingField(
        name=name,
        kind=_kind(base, extra, metas, is_secret=is_secret, has_options=bool(options)),
        type=kind,
        title=_said(_first(metas, "title")) or name.replace("_", " ").capitalize(),
        description=_said(_first(metas, "description")),
        unit=_said(extra.get("x-unit")),
        example=str((_first(metas, "examples") or [""])[0]),
        options=options,
        is_optional=is_optional,
        is_whole=base is int,
        least=_first(metas, "ge"),
        most=_first(metas, "le"),
        above=_first(metas, "gt"),
        below=_first(metas, "lt"),
        longest=_first(metas, "max_length") if base is str else None,
        pattern=_first(metas, "pattern") or "",
    )


def has_title(kind: Any) -> bool:
    """Whether a field of this type says its title itself; else its name stands for one."""
    return bool(_first(_unwrap(kind)[1], "title"))


def _said(words: str | None) -> str:
    """Words of a plugin in the present language; nothing for none."""
    return _(words) if words else ""


def _unwrap(kind: Any) -> tuple[Any, list[Meta], bool]:
    """The type beneath `Annotated` and `| None`, what was said of it, and whether it may be nothing."""
    metas: list[Meta] = []
    is_optional = False
    while True:
        if get_origin(kind) is Annotated:
            kind, *extras = get_args(kind)
            metas += [extra for extra in extras if isinstance(extra, Meta)]
        elif get_origin(kind) in {Union, UnionType} and type(None) in get_args(kind):
            is_optional = True
            kind = next(arg for arg in get_args(kind) if arg is not type(None))
        else:
            return kind, metas, is_optional


def _first(metas: Sequence[Meta], name: str) -> Any:
    return next((getattr(meta, name) for meta in metas if getattr(meta, name) is not None), None)


def _kind(
    base: Any,
    extra: Mapping[str, Any],
    metas: Sequence[Meta],
    *,
    is_secret: bool,
    has_options: bool,
) -> Kind:
    origin = get_origin(base) or base
    simple: dict[Any, Kind] = {
        bool: "switch",
        int: "number",
        float: "number",
        timedelta: "duration",
        dict: "pairs",
    }
    widgets: dict[str, Kind] = {
        "colour": "colour",
        "language": "language",
        "textarea": "long_text",
    }
    if is_secret:
        return "secret"
    if extra.get("x-widget") in widgets:
        return widgets[extra["x-widget"]]
    if origin in _SEQUENCES:
        return "choices" if has_options else "list"
    if has_options:
        return "choice"
    if origin in simple:
        return simple[origin]
    return "long_text" if (_first(metas, "max_length") or 0) > _LONG else "text"


def _options(base: Any, extra: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may be chosen: the values of a `Literal` or an `Enum`, alone or in a list, or every language."""
    if extra.get("x-widget") == "language" and base is str:
        known = Locale(current_locale()).languages
        languages = [(str(code), str(name)) for code, name in known.items()]
        return sorted(
            (option for option in languages if len(option[0]) == 2), key=lambda option: option[1]
        )
    if get_origin(base) in _SEQUENCES:
        item, metas, _optional = _unwrap(get_args(base)[0])
        words = {key: value for m in metas for key, value in (m.extra_json_schema or {}).items()}
        return _options(item, {**words, **extra})
    names: Mapping[str, str] = extra.get("x-options", {})
    if get_origin(base) is Literal:
        values = [str(value) for value in get_args(base)]
    elif isinstance(base, type) and issubclass(base, enum.Enum):
        values = [str(member.value) for member in base]
    else:
        return []
    return [(value, _(names[value]) if value in names else value) for value in values]


def in_words(field: SettingField, value: Any) -> str:
    """A value as one reads it: « 10 minutes », « oui », « vide ». A secret is only said to be there."""
    if value is None or value in ("", [], (), {}):
        return _("vide")
    words = dict(field.options)
    say: dict[str, Callable[[], str]] = {
        "secret": lambda: _("enregistré"),
        "switch": lambda: _("oui") if value else _("non"),
        "choice": lambda: words.get(str(value), str(value)),
        "language": lambda: words.get(str(value), str(value)),
        "choices": lambda: ", ".join(words.get(str(one), str(one)) for one in value),
        "list": lambda: ", ".join(str(one) for one in value),
        "pairs": lambda: ", ".join(f"{name}: {one}" for name, one in value.items()),
        "duration": lambda: _duration_words(msgspec.convert(value, timedelta, strict=False)),
        "number": lambda: " ".join(filter(None, (plain_number(value), field.unit))),
    }
    return say.get(field.kind, lambda: str(value))()


def plain_number(value: float) -> str:
    """A number as one types it: « 587 », « 0.5 »."""
    return str(int(value)) if value == int(value) else str(value)


def duration_units() -> list[tuple[str, str]]:
    """The units in which a duration is typed."""
    return [
        ("seconds", _("secondes")),
        ("minutes", _("minutes")),
        ("hours", _("heures")),
        ("days", _("jours")),
    ]


def split_duration(value: timedelta) -> tuple[float, str]:
    """A duration in the largest unit in which it is a whole number."""
    seconds = value.total_seconds()
    for unit, length in _SECONDS.items():
        if seconds and seconds % length == 0:
            return seconds / length, unit
    return seconds, "seconds"


def join_duration(number: float, unit: str) -> timedelta:
    """The other way round."""
    return timedelta(seconds=number * _SECONDS[unit])


def _duration_words(value: timedelta) -> str:
    number, unit = split_duration(value)
    words = {
        "seconds": ngettext("%(num)s seconde", "%(num)s secondes", int(number)),
        "minutes": ngettext("%(num)s minute", "%(num)s minutes", int(number)),
        "hours": ngettext("%(num)s heure", "%(num)s heures", int(number)),
        "days": ngettext("%(num)s jour", "%(num)s jours", int(number)),
    }
    return words[unit] % {"num": plain_number(number)}
