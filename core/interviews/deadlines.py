"""The dates of a roadmap: when the applications of its sheets open and end, as a list and as a calendar file.

Sheets know months, not days: a date here is the first day or the last of a month, and says so.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from icalendar import Alarm, Calendar, Event

from core.catalogue.windows import read_window
from core.contracts.matching import Programme
from core.web.i18n import _
from core.web.templating import month as month_of

_WARNING = timedelta(days=14)


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Applications to a sheet open, or end, on a day."""

    programme: Programme
    kind: Literal["opens", "closes"]
    on: date

    @property
    def words(self) -> str:
        """« Candidatures ouvertes dès octobre 2027 », « Candidater avant fin janvier 2028 »."""
        said = (
            _("Les candidatures ouvrent en %(month)s")
            if self.kind == "opens"
            else _("Candidater avant fin %(month)s")
        )
        return said % {"month": month_of(self.on)}


def list_deadlines(programmes: Iterable[Programme], today: date) -> list[Deadline]:
    """The coming dates of these sheets, the nearest first; none for a sheet that is open all year or says nothing."""
    found = [one for programme in programmes for one in _of(programme, today)]
    return sorted(found, key=lambda one: (one.on, one.kind, one.programme.title_fr))


def _of(programme: Programme, today: date) -> Iterable[Deadline]:
    window = read_window(programme, today)
    opens = today
    if window.month is None:
        return
    if not window.is_open:
        opens = date(today.year + (window.month < today.month), window.month, 1)
        yield Deadline(programme=programme, kind="opens", on=opens)
    last = read_window(programme, opens).month
    if last is not None:
        year = opens.year + (last < opens.month)
        yield Deadline(
            programme=programme, kind="closes", on=date(year, last, monthrange(year, last)[1])
        )


def deadlines_ics(appointment_id: UUID, deadlines: Sequence[Deadline], now: datetime) -> bytes:
    """The dates as whole days for a calendar, with a call two weeks before an end. Taken again, they replace themselves."""
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilité//so-mobilite//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Mes dates · So Mobilité"))
    for one in deadlines:
        calendar.add_component(_event(appointment_id, one, now))
    return bytes(calendar.to_ical())


def _event(appointment_id: UUID, one: Deadline, now: datetime) -> Event:
    event = Event()
    event.add(
        "uid", f"{appointment_id}.{one.programme.id}.{one.kind}.{one.on.isoformat()}@so-mobilite"
    )
    event.add("dtstamp", now)
    event.add("dtstart", one.on)
    event.add("dtend", one.on + timedelta(days=1))
    event.add("summary", f"{one.programme.title_fr} · {one.words}")
    event.add(
        "description",
        _("Le jour exact est sur le site officiel : %(url)s") % {"url": one.programme.url},
    )
    event.add("url", one.programme.url)
    event.add("transp", "TRANSPARENT")
    if one.kind == "closes":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{one.programme.title_fr} · {one.words}")
        alarm.add("trigger", -_WARNING)
        event.add_component(alarm)
    return event
