"""The facts of a sheet as people say them, in the present language: ages, lengths, months, places, money.

Pieces of sentences without a capital, ready to stand after a colon. An unknown fact is an empty string.
"""

from collections.abc import Iterable, Sequence

from babel.dates import get_month_names
from babel.lists import format_list

from core.catalogue import taxonomy
from core.contracts.matching import LanguageRule, Programme
from core.web.i18n import _, current_locale, ngettext

_WEEKS_A_MONTH = 4.33
_SHORT = 9  # weeks: below, people count in weeks


def ages(programme: Programme) -> str:
    """« de 18 à 30 ans au moment de la candidature », « à partir de 18 ans au départ »."""
    bounds = age_range(programme.age_min, programme.age_max)
    if not bounds:
        return ""
    if programme.age_reference == "depart":
        return _("%(ages)s au départ") % {"ages": bounds}
    if programme.age_reference == "naissance":
        return _("%(ages)s, selon les dates de naissance de l’appel") % {"ages": bounds}
    return _("%(ages)s au moment de la candidature") % {"ages": bounds}


def age_range(least: int | None, most: int | None) -> str:
    """« de 18 à 30 ans », « à partir de 18 ans », « jusqu’à 30 ans »; both bounds included."""
    if least is None and most is None:
        return ""
    if most is None:
        return _("à partir de %(age)d ans") % {"age": least}
    if least is None:
        return _("jusqu’à %(age)d ans") % {"age": most}
    if least == most:
        return _("%(age)d ans") % {"age": most}
    return _("de %(least)d à %(most)d ans") % {"least": least, "most": most}


def duration(least: int | None, most: int | None) -> str:
    """A length or a range of lengths, given in weeks: « 2 à 4 semaines », « 6 mois à 2 ans », « à partir de 3 mois »."""
    if least is None and most is None:
        return ""
    if least is None:
        return _("jusqu’à %(length)s") % {"length": length(most or 0)}
    if most is None:
        return _("à partir de %(length)s") % {"length": length(least)}
    shortest, longest = _measure(least), _measure(most)
    if shortest == longest:
        return length(most)
    first = str(shortest[0]) if shortest[1] == longest[1] else length(least)
    return _("%(least)s à %(most)s") % {"least": first, "most": length(most)}


def length(weeks: int) -> str:
    """« 3 semaines », « 6 mois », « 2 ans »."""
    number, unit = _measure(weeks)
    if unit == "week":
        return ngettext("%(num)d semaine", "%(num)d semaines", number) % {"num": number}
    if unit == "month":
        return ngettext("%(num)d mois", "%(num)d mois", number) % {"num": number}
    return ngettext("%(num)d an", "%(num)d ans", number) % {"num": number}


def _measure(weeks: int) -> tuple[int, str]:
    months = round(weeks / _WEEKS_A_MONTH)
    if weeks < _SHORT:
        return weeks, "week"
    if months % 12 == 0:
        return months // 12, "year"
    return months, "month"


def month_name(month: int) -> str:
    """« janvier »."""
    return str(get_month_names("wide", locale=current_locale())[month])


def months(numbers: Iterable[int]) -> str:
    """« de septembre à janvier », « mars, octobre »; runs may pass over the new year; twelve months are « toute l’année »."""
    chosen = set(numbers)
    if not chosen:
        return ""
    if len(chosen) == 12:
        return _("toute l’année")
    return enumerate_words([words for first, last in _runs(chosen) for words in _run(first, last)])


def _runs(chosen: set[int]) -> list[tuple[int, int]]:
    runs = []
    for first in sorted(month for month in chosen if (month - 2) % 12 + 1 not in chosen):
        last = first
        while last % 12 + 1 in chosen:
            last = last % 12 + 1
        runs.append((first, last))
    return runs


def _run(first: int, last: int) -> list[str]:
    if first == last:
        return [month_name(first)]
    if last == first % 12 + 1:
        return [month_name(first), month_name(last)]
    return [_("de %(first)s à %(last)s") % {"first": month_name(first), "last": month_name(last)}]


def enumerate_words(items: Sequence[str]) -> str:
    """« a, b et c »."""
    if len(items) < 2:
        return "".join(items)
    return format_list(list(items), locale=current_locale())


def labels(kind: str, ids: Iterable[str], most: int = 6) -> str:
    """The names of taxonomy values, enumerated; beyond `most`, how many more."""
    names = [taxonomy.label(kind, id_) for id_ in ids]
    rest = len(names) - most
    if rest > 0:
        names = [
            *names[:most],
            ngettext("%(num)d autre", "%(num)d autres", rest) % {"num": rest},
        ]
    return enumerate_words(names)


def places(programme: Programme, most: int = 6) -> str:
    """The countries when they are few, else the zones: « Allemagne », « Union européenne (hors France) et Asie »."""
    if 0 < len(programme.countries) <= most:
        return labels("countries", programme.countries)
    if "monde" in programme.zones:
        return _("le monde entier")
    return labels("zones", programme.zones, most=12)


def public(programme: Programme) -> str:
    """The statuses: « tout le monde », « apprenti·e et étudiant·e »."""
    if "tous" in programme.statuses:
        return _("tout le monde, quel que soit le statut")
    return labels("statuses", programme.statuses, most=12)


def language(rule: LanguageRule | None) -> str:
    """« Anglais, niveau B2 », « langue du pays d’accueil, niveau B1 »."""
    if rule is None:
        return ""
    if rule.code == "dest":
        name = _("langue du pays d’accueil")
    elif rule.code == "ue":
        name = _("une langue de l’Union européenne autre que le français")
    else:
        name = taxonomy.label("languages", rule.code)
    return _("%(language)s, niveau %(level)s") % {"language": name, "level": rule.level_min}


def levels(programme: Programme) -> str:
    """Diplomas obtained and level of studies, in one line."""
    parts = []
    if programme.diploma_min and programme.diploma_in_progress_ok:
        parts.append(
            _("%(diploma)s au moins, obtenu ou en préparation")
            % {"diploma": taxonomy.label("diploma_levels", programme.diploma_min)}
        )
    elif programme.diploma_min:
        parts.append(
            _("%(diploma)s au moins")
            % {"diploma": taxonomy.label("diploma_levels", programme.diploma_min)}
        )
    if programme.diploma_max:
        parts.append(
            _("%(diploma)s au plus")
            % {"diploma": taxonomy.label("diploma_levels", programme.diploma_max)}
        )
    if programme.study_level_min:
        parts.append(
            _("études préparant au moins : %(level)s")
            % {"level": taxonomy.label("diploma_levels", programme.study_level_min)}
        )
    if programme.study_level_max:
        parts.append(
            _("études préparant au plus : %(level)s")
            % {"level": taxonomy.label("diploma_levels", programme.study_level_max)}
        )
    return " ; ".join(parts)


def nationality(programme: Programme) -> str:
    """« Ressortissant·e de l’UE »; empty when any will do."""
    if programme.nationality == "any":
        return ""
    return taxonomy.label("nationality_conditions", programme.nationality)


def residence(programme: Programme) -> str:
    """« Vivre ou étudier en Nouvelle-Aquitaine (Haute-Vienne) »; empty without condition."""
    if programme.residence_departments:
        return _("habiter dans ce département : %(names)s") % {
            "names": labels("departments", programme.residence_departments, most=12)
        }
    if programme.residence == "none":
        return ""
    return taxonomy.label("residence_conditions", programme.residence)


def prerequisites(programme: Programme) -> list[str]:
    """What one must have, one line each."""
    lines = [taxonomy.label("flags", flag) for flag in programme.requires_flags]
    if programme.requires_any:
        lines.append(_("au moins un de ces points : %(names)s") % {"names": any_of(programme)})
    return lines


def any_of(programme: Programme) -> str:
    """The flags and statuses of which one is enough."""
    flags = taxonomy.entries("flags")
    return enumerate_words(
        [
            taxonomy.label("flags" if id_ in flags else "statuses", id_)
            for id_ in programme.requires_any
        ]
    )


def cost(programme: Programme) -> str:
    """What one typically brings for a stay, the programme's own funding deducted: « moins de 500 € »."""
    if programme.budget_band is None:
        return ""
    label = taxonomy.label("budget_bands", programme.budget_band)
    return label[0].lower() + label[1:]


def application(programme: Programme) -> str:
    """When to apply: « toute l’année », « d’octobre à janvier », « quand l’appel est ouvert »."""
    if programme.application_mode == "closed":
        return _("les candidatures sont fermées")
    if programme.application_months:
        return months(programme.application_months)
    if programme.application_mode == "windows":
        return _("pendant les appels, dont les dates varient")
    if programme.application_mode == "via_etablissement":
        return _("au calendrier de votre établissement")
    return _("toute l’année")
