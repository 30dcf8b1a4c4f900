"""The terms of slots in French words: « 48 heures », « 2 jours ouvrés », « à la suite »."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.agenda.terms import OwnTerms
from core.settings import BookingSettings
from core.web.i18n import _, ngettext


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One term that is, or would be, something else."""

    label: str
    before: str
    after: str


def labels() -> dict[str, str]:
    """The terms by name, in the order in which they are shown; `lead` is the lead time, in whatever it is counted."""
    return {
        "slot_minutes": _("Durée d’un créneau"),
        "step_minutes": _("Début des créneaux"),
        "buffer_minutes": _("Pause après chaque entretien"),
        "lead": _("Délai avant l’entretien"),
        "horizon_days": _("Réservation ouverte à l’avance"),
        "open_on_holidays": _("Jours fériés"),
        "pentecost_monday": _("Lundi de Pentecôte"),
        "age_rule": _("Au-delà de l’âge limite"),
    }


def regional(region: BookingSettings) -> dict[str, str]:
    """The region's terms, in words."""
    terms = msgspec.structs.asdict(region)
    in_days = region.lead_unit == "working_days"
    terms["lead_hours" if in_days else "lead_days"] = None
    return {name: _said(name, _value(terms, name)) for name in labels()}


def changes(before: OwnTerms, after: OwnTerms, region: BookingSettings | None) -> list[Change]:
    """What differs, in words. With `region`, its present value is said where a structure follows it."""
    known = regional(region) if region else {}
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return [
        Change(
            label=label,
            before=_own_or_regional(name, old, known),
            after=_own_or_regional(name, new, known),
        )
        for name, label in labels().items()
        if _value(old, name) != _value(new, name)
    ]


def in_force(own: OwnTerms, region: BookingSettings) -> list[tuple[str, str, bool]]:
    """Each term: its label, what it is, and whether it is the structure's own."""
    known, terms = regional(region), msgspec.structs.asdict(own)
    return [
        (label, known[name] if value is None else _said(name, value), value is not None)
        for name, label in labels().items()
        for value in [_value(terms, name)]
    ]


def _own_or_regional(name: str, terms: Mapping[str, Any], known: Mapping[str, str]) -> str:
    value = _value(terms, name)
    if value is not None:
        return _said(name, value)
    if name in known:
        return _("comme la région (%(value)s)") % {"value": known[name]}
    return _("comme la région")


def _value(terms: Mapping[str, Any], name: str) -> Any:
    """What a term is; of the lead time, its unit and number. None: the region's."""
    if name != "lead":
        return terms[name]
    if terms["lead_days"] is not None:
        return ("days", terms["lead_days"])
    return None if terms["lead_hours"] is None else ("hours", terms["lead_hours"])


def _said(name: str, value: Any) -> str:
    says: dict[str, Callable[[Any], str]] = {
        "slot_minutes": minutes,
        "step_minutes": step,
        "buffer_minutes": lambda number: minutes(number) if number else _("aucune"),
        "lead": _lead,
        "horizon_days": lambda days: (
            ngettext("%(num)d jour", "%(num)d jours", days) % {"num": days}
        ),
        "open_on_holidays": lambda is_open: _("ouvert") if is_open else _("fermé"),
        "pentecost_monday": lambda rule: pentecost()[rule],
        "age_rule": lambda rule: age_rules()[rule],
    }
    return says[name](value)


def minutes(number: int) -> str:
    """« 60 minutes »."""
    return ngettext("%(num)d minute", "%(num)d minutes", number) % {"num": number}


def step(number: int) -> str:
    """« toutes les 30 minutes »; of zero, « à la suite »."""
    if number == 0:
        return _("à la suite, sans chevauchement")
    return _("toutes les %(num)d minutes") % {"num": number}


def pentecost() -> dict[str, str]:
    """What may be done on Pentecost Monday."""
    return {
        "as_holidays": _("comme les autres jours fériés"),
        "open": _("ouvert"),
        "closed": _("fermé"),
    }


def age_rules() -> dict[str, str]:
    """What may be done about who is over age."""
    return {"refuse": _("réservation refusée"), "flag": _("réservation acceptée et signalée")}


def _lead(counted: tuple[str, int]) -> str:
    unit, number = counted
    if unit == "days":
        return ngettext("%(num)d jour ouvré", "%(num)d jours ouvrés", number) % {"num": number}
    if number == 0:
        return _("aucun")
    return ngettext("%(num)d heure", "%(num)d heures", number) % {"num": number}
