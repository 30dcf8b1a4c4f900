"""What was typed in a form of settings, back into values; what does not fit is said in French, and nothing typed is lost."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from core.extension.settings_forms.fields import (
    SettingField,
    join_duration,
    plain_number,
    split_duration,
)
from core.web.i18n import _

Typed = Mapping[str, Any]
"""The fields as a form sends them: texts, and lists for what is ticked."""
UNIT = "-unit"
"""After the name of a duration: the field of its unit."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The values that could be read, in plain JSON, and the faults of the others by field."""

    values: Mapping[str, Any]
    errors: Mapping[str, str]


class _Wrong(Exception):
    """A field cannot be read; the message is French."""


def read(fields: Sequence[SettingField], typed: Typed) -> Reading:
    """Reads every field but the secrets, which are read apart because an empty one keeps what there is."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        if field.kind == "secret":
            continue
        try:
            value = _read(field, typed)
            values[field.name] = msgspec.to_builtins(
                msgspec.convert(value, field.type, strict=False)
            )
        except _Wrong as fault:
            errors[field.name] = str(fault)
        except msgspec.ValidationError:
            errors[field.name] = _fault(field)
    return Reading(values=values, errors=errors)


def as_typed(field: SettingField, value: Any) -> dict[str, Any]:
    """What fills the form for a value: one field, or two for a duration. A secret fills nothing."""
    if field.kind == "duration":
        number, unit = ("", "minutes")
        if value is not None:
            amount, unit = split_duration(msgspec.convert(value, timedelta, strict=False))
            number = plain_number(amount)
        return {field.name: number, field.name + UNIT: unit}
    if value is None or field.kind == "secret":
        return {field.name: ""}
    write: dict[str, Callable[[], Any]] = {
        "switch": lambda: "true" if value else "",
        "choices": lambda: [str(one) for one in value],
        "list": lambda: "\n".join(str(one) for one in value),
        "pairs": lambda: "\n".join(f"{name}: {one}" for name, one in value.items()),
        "number": lambda: plain_number(value),
    }
    return {field.name: write.get(field.kind, lambda: str(value))()}


def _read(field: SettingField, typed: Typed) -> Any:
    raw = typed.get(field.name)
    text = raw.strip().replace("\r\n", "\n") if isinstance(raw, str) else ""
    several: dict[str, Callable[[], Any]] = {
        "switch": lambda: text not in ("", "false", "0"),
        "choices": lambda: _several(raw or ()),
        "list": lambda: [line.strip() for line in text.split("\n") if line.strip()],
        "pairs": lambda: _pairs(text),
    }
    if field.kind in several:
        return several[field.kind]()
    if not text:
        return _nothing(field)
    single: dict[str, Callable[[], Any]] = {
        "number": lambda: _number(field, text),
        "duration": lambda: _duration(
            _number(field, text), str(typed.get(field.name + UNIT) or "minutes")
        ),
    }
    return single.get(field.kind, lambda: _text(field, text))()


def _text(field: SettingField, text: str) -> str:
    if field.kind == "colour" and not _COLOUR.fullmatch(text):
        raise _Wrong(_("Écrivez une couleur comme #0b3342."))
    if field.longest is not None and len(text) > field.longest:
        raise _Wrong(
            _("C’est trop long : %(most)d caractères au plus, il y en a %(has)d.")
            % {"most": field.longest, "has": len(text)}
        )
    return text


def _several(raw: Any) -> list[str]:
    return [str(one) for one in ([raw] if isinstance(raw, str) else raw) if str(one)]


def _nothing(field: SettingField) -> Any:
    """What an empty field means: nothing where that is allowed, else an empty text, which a number cannot be."""
    if field.is_optional:
        return None
    if field.kind in {"number", "duration", "colour", "language"}:
        raise _Wrong(_("Ce champ ne peut pas rester vide."))
    return ""


def _number(field: SettingField, text: str) -> float | int:
    try:
        number = float(text.replace(",", ".").replace(" ", "").replace("\u00a0", ""))
    except ValueError as error:
        raise _Wrong(_("Écrivez un nombre, en chiffres.")) from error
    if not math.isfinite(number):
        raise _Wrong(_("Écrivez un nombre, en chiffres."))
    if field.is_whole and number != int(number):
        raise _Wrong(_("Écrivez un nombre entier, sans virgule."))
    outside = (
        (field.least is not None and number < field.least)
        or (field.most is not None and number > field.most)
        or (field.above is not None and number <= field.above)
        or (field.below is not None and number >= field.below)
    )
    if field.kind == "number" and outside:
        raise _Wrong(bounds_words(field))
    return int(number) if field.is_whole else number


def bounds_words(field: SettingField) -> str:
    """Between what and what a number may be, as an instruction; nothing when it has no bounds."""
    least = field.least if field.least is not None else field.above
    most = field.most if field.most is not None else field.below
    if least is not None and most is not None:
        words = (
            _("Écrivez un nombre entre %(least)s et %(most)s.")
            if field.above is None
            else _("Écrivez un nombre au-dessus de %(least)s, %(most)s au plus.")
        )
        return words % {"least": plain_number(least), "most": plain_number(most)}
    if least is not None:
        return _("Écrivez un nombre, %(least)s au moins.") % {"least": plain_number(least)}
    if most is not None:
        return _("Écrivez un nombre, %(most)s au plus.") % {"most": plain_number(most)}
    return ""


def _duration(number: float, unit: str) -> str:
    try:
        if not number >= 0:
            raise _Wrong(_("Une durée ne peut pas être négative."))
        return str(msgspec.to_builtins(join_duration(number, unit)))
    except (KeyError, OverflowError, ValueError) as error:
        raise _Wrong(_("Cette durée ne convient pas.")) from error


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise _Wrong(
                _("« %(line)s » : écrivez un nom, deux-points, puis une valeur.") % {"line": line}
            )
        found[name.strip()] = value.strip()
    return found


def _fault(field: SettingField) -> str:
    """What to say of a value that does not fit, from the constraint and never from the library's English."""
    if field.kind in {"choice", "choices", "language"}:
        return _("Cette valeur ne convient pas. Choisissez parmi les réponses proposées.")
    if field.kind == "number" and bounds_words(field):
        return bounds_words(field)
    if field.kind == "list":
        return _("Une des lignes ne convient pas. Écrivez une valeur par ligne.")
    if field.example:
        return _("Cette valeur ne convient pas. Par exemple : %(example)s") % {
            "example": field.example
        }
    return _("Cette valeur ne convient pas.")
