"""iCalendar text as plain occurrences: pure, for the plugins that read other people's calendars.

A calendar that cannot be read whole is not read at all: the event that is not understood could be at any hour.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import recurring_ical_events
from icalendar import Calendar, Event

from core.web.i18n import _

OUR_UID = "@so-mobilite"
"""How the UID of every event of ours ends: ours never come back as somebody's busy time."""

_STEP = timedelta(days=31)
_TOO_MANY = 20_000
_TOO_LONG_SECONDS = 20.0
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_WHEN = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}


class Stretch(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A half-open stretch of aware UTC instants."""

    starts_at: datetime
    ends_at: datetime


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One event at one time, recurrences unfolded, clipped to what was asked.

    `is_free`: the calendar says that it takes no time (transparent, cancelled, marked free). `whole_day`: it has no hours.
    """

    at: Stretch
    title: str = ""
    categories: tuple[str, ...] = ()
    is_free: bool = False
    is_cancelled: bool = False
    whole_day: bool = False


class UnreadableCalendar(Exception):
    """It cannot be trusted; the message is French and can be shown."""


def read_occurrences(
    texts: Iterable[bytes | str], starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> list[Occurrence]:
    """Every occurrence within [starts_at, ends_at) of these calendars, in no order, ours left out.

    A floating hour or a whole day is one of `zone`. Raises `UnreadableCalendar`. A calendar without end is noticed on the
    way: it is unfolded month by month, for 20 seconds and 20,000 occurrences at most.
    """
    unfolding = _Unfolding(starts_at, ends_at, zone)
    for text in texts:
        for calendar in _parse(text):
            try:
                unfolding.add(_relevant(calendar))
            except UnreadableCalendar:
                raise
            except Exception as error:  # the expansion of recurrences raises many kinds
                raise UnreadableCalendar(
                    _("Un événement de cet agenda ne peut pas être lu : corrigez-le ou retirez-le.")
                ) from error
    return list(unfolding.found)


def read_event(text: bytes | str, uid: str, zone: ZoneInfo) -> Stretch | None:
    """When the event of this UID is, the first time; None when it is not there or cancelled. Raises `UnreadableCalendar`."""
    for calendar in _parse(text):
        for event in calendar.events:
            if str(event.get("UID")) == uid and not _is_cancelled(event):
                try:
                    return Stretch(
                        starts_at=_instant(event.start, zone), ends_at=_instant(event.end, zone)
                    )
                except Exception as error:
                    raise UnreadableCalendar(
                        _("Un de nos rendez-vous n’est plus lisible dans cet agenda.")
                    ) from error
    return None


def busy_stretches(occurrences: Iterable[Occurrence]) -> tuple[Stretch, ...]:
    """When these occurrences take time, in as few stretches as possible, in order."""
    return join(one.at for one in occurrences if not one.is_free)


def join(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same time in as few stretches as possible, in order."""
    joined: list[Stretch] = []
    for one in sorted(stretches):
        if joined and one.starts_at <= joined[-1].ends_at:
            if one.ends_at > joined[-1].ends_at:
                joined[-1] = Stretch(starts_at=joined[-1].starts_at, ends_at=one.ends_at)
        else:
            joined.append(one)
    return tuple(joined)


def _parse(text: bytes | str) -> Sequence[Calendar]:
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # the parser raises many kinds
        raise UnreadableCalendar(_not_a_calendar()) from error
    if not calendars or any(not isinstance(calendar, Calendar) for calendar in calendars):
        raise UnreadableCalendar(_not_a_calendar())
    return calendars


def _not_a_calendar() -> str:
    return _(
        "Cette adresse répond, mais pas par un agenda : copiez l’adresse au format iCal (elle finit souvent par .ics)."
    )


def _relevant(calendar: Calendar) -> Calendar:
    """The same calendar with only the events that count. An occurrence of its own is judged once unfolded."""
    kept = Calendar()
    for component in calendar.subcomponents:
        if component.name == "VTIMEZONE":
            kept.add_component(component)
        if not isinstance(component, Event) or str(component.get("UID", "")).endswith(OUR_UID):
            continue
        broken = {str(name).upper() for name, _fault in component.errors}
        if "DTSTART" not in component or broken & _WHEN:
            raise UnreadableCalendar(
                _("L’événement « %(title)s » de cet agenda ne peut pas être lu.")
                % {"title": _title(component)}
            )
        for rule in _listed(component.get("RRULE")):
            if _TOO_OFTEN & {str(value).upper() for value in rule.get("FREQ", [])}:
                raise UnreadableCalendar(
                    _("L’événement « %(title)s » se répète chaque minute : retirez-le.")
                    % {"title": _title(component)}
                )
        kept.add_component(component)
    return kept


class _Unfolding:
    """Occurrences as they are found, and the limits over all the calendars of one reading."""

    def __init__(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> None:
        self.found: set[Occurrence] = set()
        self._starts_at, self._ends_at, self._zone = starts_at, ends_at, zone
        self._began = time.monotonic()

    def add(self, calendar: Calendar) -> None:
        query = recurring_ical_events.of(calendar)
        at = self._starts_at
        while calendar.events and at < self._ends_at:
            until = min(at + _STEP, self._ends_at)
            for event in query.between(at, until):
                self._keep(event)
            late = time.monotonic() - self._began > _TOO_LONG_SECONDS
            if len(self.found) > _TOO_MANY or late:
                raise UnreadableCalendar(
                    _("Cet agenda contient trop d’événements pour être suivi.")
                )
            at = until

    def _keep(self, event: Event) -> None:
        at = Stretch(
            starts_at=max(_instant(event.start, self._zone), self._starts_at),
            ends_at=min(_instant(event.end, self._zone), self._ends_at),
        )
        if at.ends_at > at.starts_at:
            self.found.add(
                Occurrence(
                    at=at,
                    title=_title(event),
                    categories=tuple(str(one) for one in event.categories),
                    is_free=_is_free(event),
                    is_cancelled=_is_cancelled(event),
                    whole_day=not isinstance(event.start, datetime),
                )
            )


def _title(event: Event) -> str:
    return str(event.get("SUMMARY", "?"))[:80]


def _listed(value: Any) -> Sequence[Any]:
    return () if value is None else value if isinstance(value, list) else [value]


def _is_cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _is_free(event: Event) -> bool:
    return (
        str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
        or _is_cancelled(event)
        or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    )


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
