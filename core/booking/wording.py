"""The moves of an appointment in words."""

from core.booking.history import Facts, Kind, Step
from core.contracts.booking import AppointmentStatus
from core.web.i18n import _
from core.web.templating import hour, moment, short_day


def status_words(status: AppointmentStatus, *, over: bool) -> tuple[str, str]:
    """What state an appointment is in, and the tone to say it in; `over`: its hour is past."""
    if status == "booked":
        return (_("À renseigner"), "warn") if over else (_("À venir"), "good")
    words = {
        "honoured": (_("Honoré"), "good"),
        "no_show": (_("Non venu·e"), "neutral"),
        "cancelled_by_youth": (_("Annulé par le ou la jeune"), "neutral"),
        "cancelled_by_structure": (_("Annulé par la structure"), "neutral"),
    }
    return words[status]


def timeline(steps: list[Step]) -> list[tuple[str, str, str, str]]:
    """The steps as the component of that name takes them: when and by whom, what, what was before, tone."""
    return [(_when(step), *_said(step)) for step in steps]


def _when(step: Step) -> str:
    who = {
        "youth": _("par le ou la jeune"),
        "referrer": _("par un organisme partenaire"),
        "staff": _("par %(name)s") % {"name": step.by} if step.by else _("par l’équipe"),
        "platform": _("par la plateforme"),
    }[step.actor]
    return f"{short_day(step.at)} {hour(step.at)}, {who}"


def _said(step: Step) -> tuple[str, str, str]:
    now = step.after
    said: dict[Kind, tuple[str, str]] = {
        "booked": (_("Réservé : %(facts)s") % {"facts": _facts(now)}, "good"),
        "moved": (_("Déplacé : %(facts)s") % {"facts": _facts(now)}, "info"),
        "channel": (_("Autrement : %(channel)s") % {"channel": now.channel}, "info"),
        "reassigned": (_("Confié à %(name)s") % {"name": now.advisor}, "info"),
        "cancelled": (_("Annulé"), "bad"),
        "reopened": (_("Rétabli, à la même heure"), "good"),
        "closed": (status_words(now.status, over=True)[0], "neutral"),
        "reset": (_("Remis à renseigner"), "warn"),
    }
    title, tone = said[step.kind]
    was = _was(step.before) if step.kind in {"moved", "channel", "reassigned"} else ""
    return title, was, tone


def _facts(facts: Facts) -> str:
    return ", ".join(
        filter(None, [moment(facts.starts_at), facts.channel, facts.site, facts.advisor])
    )


def _was(facts: Facts | None) -> str:
    return _("Avant : %(facts)s") % {"facts": _facts(facts)} if facts else ""
