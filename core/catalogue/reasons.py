"""Reasons in words: what a strategy gives as data becomes a sentence in the present language, when it is shown."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from core.catalogue import taxonomy, words
from core.contracts.matching import LanguageRule, Programme, Reason, Said, Tone, Verdict
from core.web.i18n import N_, _, current_locale, ngettext

_SENTENCES: Mapping[Tone, tuple[str, str]] = {
    "for": (N_("%(name)s : %(youth)s."), N_("%(name)s : %(programme)s.")),
    "against": (
        N_("%(name)s : %(programme)s (ici : %(youth)s)."),
        N_("%(name)s : %(programme)s."),
    ),
    "to_check": (
        N_("%(name)s à vérifier : %(youth)s ; il faut : %(programme)s."),
        N_("%(name)s à vérifier ; il faut : %(programme)s."),
    ),
    "excluded": (
        N_("%(name)s : %(youth)s ; il faut : %(programme)s."),
        N_("%(name)s : %(programme)s."),
    ),
}
"""With and without the youth's side."""


def word(reason: Reason) -> str:
    """The sentence of a reason, in the present language. A reason that brought its own words keeps them."""
    if reason.text:
        return reason.text
    youth = said(reason.youth)
    sentence = reason.says or _SENTENCES[reason.tone][0 if youth else 1]
    return _(sentence) % {
        "name": name(reason),
        "youth": youth,
        "programme": said(reason.programme),
    }


def worded(reason: Reason) -> Reason:
    """The reason with its sentence in `text`."""
    return reason if reason.text else replace(reason, text=word(reason))


def worded_verdict(verdict: Verdict) -> Verdict:
    """The verdict with every reason worded."""
    return replace(verdict, reasons=tuple(worded(reason) for reason in verdict.reasons))


def name(reason: Reason) -> str:
    """What the criterion is called."""
    return _(reason.label) if reason.label else criterion_name(reason.criterion)


def criterion_name(criterion: str) -> str:
    """The name of a hard rule of the taxonomy; another criterion names itself."""
    entry = taxonomy.entries("exclusion_rules").get(criterion)
    return entry.label() if entry is not None else criterion


def said(side: Said | str) -> str:
    """One side of a reason, without a capital, ready to stand in a sentence."""
    return side if isinstance(side, str) else _said(side, current_locale())


@lru_cache(maxsize=4096)
def _said(side: Said, _locale: str) -> str:
    """Kept, because the sheets of a ranking say the same few things, at each change of a form."""
    worder = _WORDERS.get(side.kind)
    return worder(side.values) if worder else words.labels(side.kind, map(str, side.values))


def _sheet(**facts: Any) -> Programme:
    """A sheet of which nothing else is known, for the wording of these facts."""
    return Programme(id="", title_fr="", **facts)


def _years(values: tuple[Any, ...]) -> str:
    return ngettext("%(num)d an", "%(num)d ans", values[0]) % {"num": values[0]}


def _home(values: tuple[Any, ...]) -> str:
    region, department = values
    if department in taxonomy.entries("departments"):
        return taxonomy.label("departments", department)
    return {
        "nouvelle_aquitaine": _("Nouvelle-Aquitaine"),
        "autre_region": _("une autre région"),
        "etranger": _("l’étranger"),
    }[region]


def _skills(values: tuple[Any, ...]) -> str:
    """« Anglais B2 et Espagnol A2 », from `en:B2`."""
    pairs = [str(value).partition(":") for value in values]
    named = [f"{taxonomy.label('languages', code)} {level}" for code, _sep, level in pairs]
    return words.enumerate_words(named) or _("aucune notion")


def _places(values: tuple[Any, ...]) -> str:
    """A few countries, zones or the whole world."""
    if values and values[0] in taxonomy.entries("zones"):
        return words.places(_sheet(zones=values))
    return words.labels("countries", values, most=3)


def _month(values: tuple[Any, ...]) -> str:
    year, _sep, number = values[0].partition("-")
    return f"{words.month_name(int(number))} {year}"


def _quoted(values: tuple[Any, ...]) -> str:
    return words.enumerate_words([_("« %(word)s »") % {"word": value} for value in values])


_WORDERS: Mapping[str, Callable[[tuple[Any, ...]], str]] = {
    "years": _years,
    "years_soon": lambda v: _("bientôt %(age)s") % {"age": _years(v)},
    "ages": lambda v: words.ages(_sheet(age_min=v[0], age_max=v[1], age_reference=v[2])),
    "age_disabled": lambda v: (
        _("%(age)d ans au plus en situation de handicap reconnue") % {"age": v[0]}
    ),
    "public": lambda v: words.public(_sheet(statuses=v)),
    "levels": lambda v: words.levels(
        _sheet(
            diploma_min=v[0],
            diploma_max=v[1],
            diploma_in_progress_ok=bool(v[2]),
            study_level_min=v[3],
            study_level_max=v[4],
        )
    ),
    "nationality": lambda v: words.nationality(_sheet(nationality=v[0])),
    "residence": lambda v: words.residence(_sheet(residence=v[0], residence_departments=v[1:])),
    "home": _home,
    "language_rule": lambda v: words.language(LanguageRule(code=v[0], level_min=v[1])),
    "skills": _skills,
    "any_of": lambda v: words.any_of(_sheet(requires_any=v)),
    "places": _places,
    "duration": lambda v: words.duration(*v),
    "euros": lambda v: _("%(amount)d € disponibles") % {"amount": v[0]},
    "cost": lambda v: words.cost(_sheet(budget_band=v[0])),
    "month": _month,
    "departures": lambda v: _("départs : %(months)s") % {"months": words.months(v)},
    "applications": lambda v: (
        _("candidatures : %(months)s")
        % {"months": words.application(_sheet(application_mode=v[0], application_months=v[1:]))}
    ),
    "application": lambda v: words.application(
        _sheet(application_mode=v[0], application_months=v[1:])
    ),
    "lead": lambda v: _("s’y prendre %(length)s avant") % {"length": words.length(v[0])},
    "words": _quoted,
    "suspended": lambda _v: _("les départs sont suspendus"),
    "confirmed": lambda _v: _("un programme confirmé cette année"),
    "no": lambda _v: _("non"),
    "none_of_these": lambda _v: _("aucun de ces points"),
}
