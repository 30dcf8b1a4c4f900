"""An iCalendar file as busy time: pure, and deaf to everything but when."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import recurring_ical_events
from icalendar import Calendar, Event

from hookspecs import _

OUR_UID = "@so-mobilite"
_STEP = timedelta(days=31)
_TOO_MANY = 20_000
_TOO_LONG_SECONDS = 20.0
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_WHEN = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}


class Busy(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A half-open stretch of aware UTC instants."""

    starts_at: datetime
    ends_at: datetime


class UnreadableCalendar(Exception):
    """The file cannot be trusted; the message is French and can be shown."""


def read_busy(
    content: bytes, starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> tuple[Busy, ...]:
    """When the calendar says busy within [starts_at, ends_at), joined and in order.

    Free (transparent), cancelled and our own events do not count; a floating hour or a whole day is one of `zone`. An
    event that cannot be read makes the whole unreadable: it could be any hour. Raises `UnreadableCalendar`.
    """
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except Exception as error:  # the parser raises many kinds
        raise UnreadableCalendar(_not_a_calendar()) from error
    if not calendars or any(not isinstance(calendar, Calendar) for calendar in calendars):
        raise UnreadableCalendar(_not_a_calendar())
    try:
        found = [
            busy
            for calendar in calendars
            for busy in _occurrences(_relevant(calendar), starts_at, ends_at, zone)
        ]
    except UnreadableCalendar:
        raise
    except Exception as error:  # so does the expansion of recurrences
        raise UnreadableCalendar(
            _("Un événement de cet agenda ne peut pas être lu : corrigez-le ou retirez-le.")
        ) from error
    return join(found)


def join(stretches: Iterable[Busy]) -> tuple[Busy, ...]:
    """The same time in as few stretches as possible, in order."""
    joined: list[Busy] = []
    for busy in sorted(stretches):
        if joined and busy.starts_at <= joined[-1].ends_at:
            if busy.ends_at > joined[-1].ends_at:
                joined[-1] = Busy(starts_at=joined[-1].starts_at, ends_at=busy.ends_at)
        else:
            joined.append(busy)
    return tuple(joined)


def _not_a_calendar() -> str:
    return _(
        "Cette adresse répond, mais pas par un agenda : copiez l’adresse au format iCal (elle finit souvent par .ics)."
    )


def _relevant(calendar: Calendar) -> Calendar:
    """The same calendar with only the events that may make busy. An occurrence of its own is judged once expanded."""
    kept = Calendar()
    for component in calendar.subcomponents:
        if not isinstance(component, Event):
            if component.name == "VTIMEZONE":
                kept.add_component(component)
            continue
        if str(component.get("UID", "")).endswith(OUR_UID):
            continue
        broken = {str(name).upper() for name, _fault in component.errors}
        if "DTSTART" not in component or broken & _WHEN:
            raise UnreadableCalendar(
                _("L’événement « %(title)s » de cet agenda ne peut pas être lu.")
                % {"title": str(component.get("SUMMARY", "?"))[:80]}
            )
        for rule in _listed(component.get("RRULE")):
            if _TOO_OFTEN & {str(value).upper() for value in rule.get("FREQ", [])}:
                raise UnreadableCalendar(
                    _("L’événement « %(title)s » se répète chaque minute : retirez-le.")
                    % {"title": str(component.get("SUMMARY", "?"))[:80]}
                )
        kept.add_component(component)
    return kept


def _listed(value: Any) -> Sequence[Any]:
    return () if value is None else value if isinstance(value, list) else [value]


def _occurrences(
    calendar: Calendar, starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> list[Busy]:
    """Every busy occurrence, month by month so that a calendar without end is noticed on the way."""
    query = recurring_ical_events.of(calendar)
    began = time.monotonic()
    found: set[Busy] = set()
    at = starts_at
    while at < ends_at:
        until = min(at + _STEP, ends_at)
        for event in query.between(at, until):
            if _is_free(event):
                continue
            busy = Busy(
                starts_at=max(_instant(event.start, zone), starts_at),
                ends_at=min(_instant(event.end, zone), ends_at),
            )
            if busy.ends_at > busy.starts_at:
                found.add(busy)
        if len(found) > _TOO_MANY or time.monotonic() - began > _TOO_LONG_SECONDS:
            raise UnreadableCalendar(_("Cet agenda contient trop d’événements pour être suivi."))
        at = until
    return list(found)


def _is_free(event: Any) -> bool:
    return (
        str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    )


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
