"""Openings and absences in French words: « Chaque mardi, 14 h à 17 h »."""

from collections.abc import Sequence
from datetime import date, time

from babel.dates import format_date

from core.agenda.absences import LAST_MINUTE
from core.agenda.providers import AbsenceRow, OpeningRow
from core.agenda.reasons import Start
from core.agenda.recurrence import Rule, nth_of_month
from core.agenda.terms import Terms
from core.web.i18n import _, current_locale, ngettext
from core.web.templating import day as in_words


def wall(at: time) -> str:
    """« 14 h », « 14 h 30 »; "14:00" in English."""
    if current_locale() == "en":
        return f"{at:%H:%M}"
    return f"{at.hour} h" if at.minute == 0 else f"{at.hour} h {at.minute:02d}"


def hours(start: time, end: time) -> str:
    """« 14 h à 17 h », or « toute la journée »."""
    if (start, end) == (time.min, LAST_MINUTE):
        return _("toute la journée")
    return _("%(start)s à %(end)s") % {"start": wall(start), "end": wall(end)}


def days(rule: Rule) -> str:
    """« Le mardi 2 février 2027 », « Chaque mardi », « Un mardi sur deux », « Le 2e mardi du mois »."""
    if rule.repeat == "none":
        return _("Le %(day)s") % {"day": in_words(rule.starts_on)}
    weekday = format_date(rule.starts_on, "EEEE", locale=current_locale())
    if rule.repeat == "monthly":
        return _monthly(weekday, nth_of_month(rule.starts_on), rule.every)
    if rule.every == 1:
        return _("Chaque %(weekday)s") % {"weekday": weekday}
    if rule.every == 2:
        return _("Un %(weekday)s sur deux") % {"weekday": weekday}
    return _("Un %(weekday)s toutes les %(every)d semaines") % {
        "weekday": weekday,
        "every": rule.every,
    }


def _monthly(weekday: str, nth: int, every: int) -> str:
    rank = {
        1: _("premier"),
        2: _("deuxième"),
        3: _("troisième"),
        4: _("quatrième"),
        5: _("cinquième"),
    }[nth]
    values = {"rank": rank, "weekday": weekday, "every": every}
    if every == 1:
        return _("Le %(rank)s %(weekday)s du mois") % values
    return _("Le %(rank)s %(weekday)s, tous les %(every)d mois") % values


def every_choices() -> list[tuple[int, str]]:
    """How often a rule falls, from each time to one time in twelve: of its weeks, or of its months."""
    words = [
        _("à chaque fois"),
        _("une fois sur deux"),
        _("une fois sur trois"),
        _("une fois sur quatre"),
    ]
    more = [_("une fois sur %(number)d") % {"number": number} for number in range(5, 13)]
    return list(enumerate([*words, *more], start=1))


def span(rule: Rule, today: date) -> str:
    """From when, until when: « à partir du …, jusqu’au … »; empty when there is nothing to say."""
    if rule.repeat == "none":
        return ""
    parts = []
    if rule.starts_on > today:
        parts.append(_("à partir du %(day)s") % {"day": in_words(rule.starts_on)})
    if rule.ends_on is not None:
        parts.append(_("jusqu’au %(day)s") % {"day": in_words(rule.ends_on)})
    return ", ".join(parts)


def opening_title(opening: OpeningRow) -> str:
    """« Chaque mardi, 14 h à 17 h »."""
    return f"{days(opening.rule)}, {hours(opening.start_time, opening.end_time)}"


def titles(openings: Sequence[OpeningRow]) -> str:
    """The titles of openings, three at most."""
    return " ; ".join(opening_title(one) for one in openings[:3])


def absence_title(absence: AbsenceRow) -> str:
    """« Le mardi 9 février 2027, toute la journée », « Du … à 9 h au … à 18 h »."""
    if absence.starts_on == absence.ends_on:
        return f"{days(absence.rule)}, {hours(absence.start_time, absence.end_time)}"
    if hours(absence.start_time, absence.end_time) == _("toute la journée"):
        return _("Du %(first)s au %(last)s") % {
            "first": in_words(absence.starts_on),
            "last": in_words(absence.ends_on),
        }
    return _("Du %(first)s à %(start)s au %(last)s à %(end)s") % {
        "first": in_words(absence.starts_on),
        "start": wall(absence.start_time),
        "last": in_words(absence.ends_on),
        "end": wall(absence.end_time),
    }


def touched_words(count: int) -> str:
    """« Un rendez-vous est pris sur cette absence »…"""
    return ngettext(
        "Un rendez-vous est déjà pris pendant cette absence.",
        "%(count)d rendez-vous sont déjà pris pendant cette absence.",
        count,
    ) % {"count": count}


def lead_words(terms: Terms) -> str:
    """« 48 heures », « 2 jours ouvrés »: how long before an hour it can be booked."""
    if terms.lead_days is not None:
        number = terms.lead_days
        return ngettext("%(num)d jour ouvré", "%(num)d jours ouvrés", number) % {"num": number}
    number = terms.lead_hours
    return ngettext("%(num)d heure", "%(num)d heures", number) % {"num": number}


def reason(start: Start, terms: Terms) -> str:
    """Why an hour is offered or not, after the hour: « proposé », « absence : Congés », « trop proche : moins de 48 heures »."""
    words = {
        "": _("proposé"),
        "past": _("passé"),
        "holiday": _("jour férié : %(label)s"),
        "absence": _("absence : %(label)s") if start.label else _("absence"),
        "outside": _("occupé : %(label)s"),
        "appointment": _("rendez-vous pris"),
        "hold": _("réservation en cours"),
        "too_soon": _("trop proche : moins de %(lead)s"),
        "not_yet": _("pas encore ouvert : plus de %(days)d jours"),
        "unexplained": _("pas proposé"),
    }
    values = {"label": start.label, "lead": lead_words(terms), "days": terms.horizon_days}
    return words[start.why] % values
