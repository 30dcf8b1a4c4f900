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
from msgspec.structs import replace

from core.calendars.stretches import Stretch, join
from core.web.i18n import _

OUR_UID = "@so-mobilite"
"""How the UID of every event of ours ends: ours never come back as somebody's busy time."""

_STEP = timedelta(days=31)
_TOO_MANY = 20_000
_TOO_LONG_SECONDS = 20.0
_LONGEST_TITLE = 80
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_WHEN = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One event at one time, recurrences unfolded, clipped to what was asked.

    `is_free`: the calendar says that it takes no time (transparent, cancelled, marked free). `is_private`: its title is
    nobody else's business. `whole_day`: it has no hours.
    """

    at: Stretch
    title: str = ""
    categories: tuple[str, ...] = ()
    is_free: bool = False
    is_cancelled: bool = False
    is_private: bool = False
    whole_day: bool = False


class UnreadableCalendar(Exception):
    """It cannot be trusted; the message is French and can be shown."""


def read_occurrences(
    texts: Iterable[bytes | str], starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> list[Occurrence]:
    """Every occurrence within [starts_at, ends_at) of these calendars, in no order, ours left out.

    A whole day is one of `zone`, and so is a floating hour where the calendar names no zone of its own. Raises
    `UnreadableCalendar`. A calendar without end is noticed on the way: it is unfolded month by month, for 20 seconds and
    20,000 occurrences at most.
    """
    unfolding = _Unfolding(starts_at, ends_at, zone)
    for text in texts:
        for calendar in _parse(text):
            try:
                unfolding.add(_relevant(calendar), _zone_of(calendar, zone))
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


def busy_stretches(
    occurrences: Iterable[Occurrence], *, titled: bool = False
) -> tuple[Stretch, ...]:
    """When these occurrences take time, in as few stretches as possible, in order; `titled`: labelled by what takes it,
    unless that is private.
    """
    return join(
        replace(one.at, label=one.title) if titled and not one.is_private else one.at
        for one in occurrences
        if not one.is_free
    )


def _parse(text: bytes | str) -> Sequence[Calendar]:
    if isinstance(text, bytes):
        text = _decoded(text)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # the parser raises many kinds
        raise UnreadableCalendar(_not_a_calendar(text)) from error
    if not calendars or any(not isinstance(calendar, Calendar) for calendar in calendars):
        raise UnreadableCalendar(_not_a_calendar(text))
    return calendars


def _decoded(content: bytes) -> str:
    """UTF-8 as the standard wants, or what old programs write instead."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _not_a_calendar(text: str) -> str:
    if text.lstrip().startswith("<"):
        return _(
            "Cette adresse mène à une page web, pas à un agenda : dans les réglages de votre agenda, copiez l’adresse au"
            " format iCal (elle finit souvent par .ics)."
        )
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
        fault = _fault(component)
        if fault:
            raise UnreadableCalendar(fault % {"title": _title(component) or "?"})
        kept.add_component(component)
    return kept


def _fault(event: Event) -> str:
    """Why an event cannot be followed, or nothing."""
    broken = {str(name).upper() for name, _problem in event.errors}
    if "DTSTART" not in event or broken & _WHEN:
        return _("L’événement « %(title)s » de cet agenda ne peut pas être lu.")
    if any(_zone_is_unknown(event[name]) for name in ("DTSTART", "DTEND") if name in event):
        return _(
            "L’événement « %(title)s » est dans un fuseau horaire inconnu : donnez-lui le vôtre dans votre agenda."
        )
    frequencies = {
        str(value).upper() for rule in _listed(event.get("RRULE")) for value in rule.get("FREQ", [])
    }
    if frequencies & _TOO_OFTEN:
        return _("L’événement « %(title)s » se répète chaque minute : retirez-le.")
    return ""


def _zone_is_unknown(when: Any) -> bool:
    """A zone is named, and nobody knows where it is: the hour could be any."""
    return "TZID" in when.params and isinstance(when.dt, datetime) and when.dt.tzinfo is None


def _zone_of(calendar: Calendar, zone: ZoneInfo) -> ZoneInfo:
    """Where the floating hours of a calendar are."""
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "")).strip())
    except (ValueError, KeyError, OSError):
        return zone


class _Unfolding:
    """Occurrences as they are found, and the limits over all the calendars of one reading."""

    def __init__(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> None:
        self.found: set[Occurrence] = set()
        self._starts_at, self._ends_at, self._zone = starts_at, ends_at, zone
        self._began = time.monotonic()

    def add(self, calendar: Calendar, floating: ZoneInfo) -> None:
        query = recurring_ical_events.of(calendar)
        at = self._starts_at
        while calendar.events and at < self._ends_at:
            until = min(at + _STEP, self._ends_at)
            for event in query.between(at, until):
                self._keep(event, floating)
            late = time.monotonic() - self._began > _TOO_LONG_SECONDS
            if len(self.found) > _TOO_MANY or late:
                raise UnreadableCalendar(
                    _("Cet agenda contient trop d’événements pour être suivi.")
                )
            at = until

    def _keep(self, event: Event, floating: ZoneInfo) -> None:
        whole_day = not isinstance(event.start, datetime)
        zone = self._zone if whole_day else floating
        starts_at = _instant(event.start, zone)
        ends_at = _instant(event.end, zone)
        if ends_at <= starts_at and event.end > event.start:
            ends_at = starts_at + (event.end - event.start)  # in the hour that clocks leave out
        at = Stretch(starts_at=max(starts_at, self._starts_at), ends_at=min(ends_at, self._ends_at))
        if at.ends_at > at.starts_at:
            self.found.add(
                Occurrence(
                    at=at,
                    title=_title(event),
                    categories=tuple(str(one) for one in event.categories),
                    is_free=_is_free(event),
                    is_cancelled=_is_cancelled(event),
                    is_private=str(event.get("CLASS", "PUBLIC")).upper() != "PUBLIC",
                    whole_day=whole_day,
                )
            )


def _title(event: Event) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:_LONGEST_TITLE]


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
