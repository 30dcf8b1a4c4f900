"""The form of a sheet: made from the description of its facts, so that none is forgotten."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from litestar.datastructures import FormMultiDict
from msgspec import Meta

from core.catalogue import taxonomy
from core.catalogue.editing.checks import faults
from core.catalogue.editing.facts import FACTS, Fact, curled
from core.catalogue.taxonomy import fold
from core.contracts.matching import LanguageRule, Programme
from core.web.forms import Form, parse
from core.web.i18n import _

_MANY = {"many", "months"}


def _field(fact: Fact) -> list[tuple[str, Any, Any]]:
    if fact.kind == "number":
        return [(fact.name, Annotated[int, Meta(ge=0, le=fact.most)] | None, None)]
    if fact.kind == "yes":
        return [(fact.name, bool, False)]
    if fact.kind in _MANY:
        return [(fact.name, tuple[str, ...], ())]
    if fact.kind == "language":
        return [(f"{fact.name}_code", str, ""), (f"{fact.name}_level", str, "")]
    return [(fact.name, Annotated[str, Meta(max_length=fact.most or 2000)], "")]


Typed = msgspec.defstruct(
    "Typed", [field for fact in FACTS.values() for field in _field(fact)], frozen=True, kw_only=True
)
"""What is typed, before it is read as facts."""


def values_of(programme: Programme) -> dict[str, Any]:
    """The form as a sheet fills it."""
    found: dict[str, Any] = {}
    for fact in FACTS.values():
        value = getattr(programme, fact.name)
        if fact.kind == "language":
            found[f"{fact.name}_code"] = value.code if value else ""
            found[f"{fact.name}_level"] = value.level_min if value else ""
        elif fact.kind == "countries":
            found[fact.name] = ", ".join(taxonomy.label("countries", code) for code in value)
        elif fact.kind == "lines":
            found[fact.name] = "\n".join(value)
        elif fact.kind == "months":
            found[fact.name] = [str(month) for month in value]
        elif fact.kind == "many":
            found[fact.name] = list(value)
        elif fact.kind == "yes":
            found[fact.name] = "true" if value else ""
        else:
            found[fact.name] = value
    return found


def read_form(typed: FormMultiDict | Mapping[str, Any], before: Programme) -> Form[Programme]:
    """The facts as typed, with every fault beside its field; `data` is the sheet when there is none.

    What was already ticked in `before` keeps its order, so that a list that nobody touched is not a change.
    """
    form = parse(Typed, typed)
    errors = dict(form.errors)
    if form.data is None:
        return Form(form.values, errors)
    facts: dict[str, Any] = {}
    for fact in FACTS.values():
        facts[fact.name] = _read(fact, form.data, errors)
        if fact.kind in _MANY:
            facts[fact.name] = _as_before(facts[fact.name], getattr(before, fact.name))
    programme = curled(Programme(id=before.id, version=before.version, **facts))
    for name, message in faults(programme).items():
        errors.setdefault(f"{name}_code" if FACTS[name].kind == "language" else name, message)
    return Form(form.values, errors, None if errors else programme)


def _read(fact: Fact, typed: msgspec.Struct, errors: dict[str, str]) -> Any:
    if fact.kind == "language":
        code, level = (getattr(typed, f"{fact.name}_{side}") for side in ("code", "level"))
        if bool(code) != bool(level):
            errors[f"{fact.name}_code"] = _(
                "Choisissez la langue et son niveau, ou aucun des deux."
            )
        return LanguageRule(code=code, level_min=level) if code and level else None
    value = getattr(typed, fact.name)
    if fact.kind == "countries":
        return _countries(fact, value, errors)
    if fact.kind == "one" and not value:
        return Programme.__struct_defaults__[_DEFAULTS.index(fact.name)]
    if fact.kind == "perhaps" or fact.name == "notes":
        return value or None
    reader = _READERS.get(fact.kind)
    return reader(value) if reader else value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "lines": lambda text: tuple(line.strip() for line in text.split("\n") if line.strip()),
    "months": lambda months: tuple(int(month) for month in months if month.isdigit()),
}


def _as_before(values: tuple[Any, ...], before: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        sorted(values, key=lambda one: before.index(one) if one in before else len(before))
    )


_DEFAULTS = Programme.__struct_fields__[-len(Programme.__struct_defaults__) :]


def _countries(fact: Fact, typed: str, errors: dict[str, str]) -> tuple[str, ...]:
    """Codes from names or codes, in either language."""
    named, codes = taxonomy.country_names(), {code for code, _name in taxonomy.countries()}
    found, strange = [], []
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]", typed))):
        code = named.get(" ".join(re.findall("[a-z0-9]+", fold(part))))
        code = code or (part.upper() if part.upper() in codes else None)
        if code is None:
            strange.append(part)
        elif code not in found:
            found.append(code)
    if strange:
        errors[fact.name] = _(
            "Pays inconnu : %(names)s. Écrivez son nom, ou son code à deux lettres."
        ) % {"names": ", ".join(strange)}
    return tuple(found)
