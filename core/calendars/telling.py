"""What is told of the calendars that are followed, on the health page."""

from collections.abc import Sequence

import msgspec

from core.calendars.following import CalendarState
from core.contracts.surfaces import Health
from core.web.i18n import _, ngettext

_SHOWN = 20


class CalendarCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One calendar, by whose it is and what they call it, and how its reading goes."""

    name: str
    state: CalendarState
    problem: str = ""


def health_lines(title: str, calendars: Sequence[CalendarCondition], mend: str) -> list[Health]:
    """A line for each calendar in trouble (`mend` says what can be done), or one that counts those that are followed."""
    bad = [one for one in calendars if one.state != "ok"]
    if not bad:
        count = ngettext("%(num)d agenda suivi", "%(num)d agendas suivis", len(calendars))
        return [Health(name=title, state="ok", detail=count % {"num": len(calendars)})]
    return [_line(one, mend) for one in bad[:_SHOWN]]


def _line(one: CalendarCondition, mend: str) -> Health:
    name = _("Agenda de %(name)s") % {"name": one.name}
    if one.state == "closed":
        detail = _("Créneaux masqués. %(problem)s") % {"problem": one.problem}
        return Health(name=name, state="failing", detail=detail, hint=mend)
    return Health(name=name, state="degraded", detail=one.problem)
