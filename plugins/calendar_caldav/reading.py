"""The events of a calendar as busy time, and what became of ours: pure, and deaf to everything but when."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import recurring_ical_events
from icalendar import Calendar

from hookspecs import _

from .client import Trouble

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


def read_busy(
    texts: Iterable[str], starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> tuple[Busy, ...]:
    """When these events say busy within [starts_at, ends_at), joined and in order.

    Free (transparent), cancelled and our own events do not count; a floating hour or a whole day is one of `zone`. An event
    that cannot be read makes all unreadable, for it could be any hour. Raises `Trouble`.
    """
    found: set[Busy] = set()
    began = time.monotonic()
    for text in texts:
        try:
            query = _recurrences(text)
            at = starts_at
            while query is not None and at < ends_at:
                until = min(at + _STEP, ends_at)
                for event in query.between(at, until):
                    stretch = Busy(
                        starts_at=max(_instant(event.start, zone), starts_at),
                        ends_at=min(_instant(event.end, zone), ends_at),
                    )
                    if stretch.ends_at > stretch.starts_at and not _is_free(event):
                        found.add(stretch)
                if len(found) > _TOO_MANY or time.monotonic() - began > _TOO_LONG_SECONDS:
                    raise Trouble(_("Cet agenda contient trop d’événements pour être suivi."))
                at = until
        except Trouble:
            raise
        except Exception as error:  # the parser and the expansion raise many kinds
            raise Trouble(
                _("Un événement de cet agenda ne peut pas être lu : corrigez-le ou retirez-le.")
            ) from error
    return _join(found)


def read_own(text: str | None, uid: str, zone: ZoneInfo) -> Busy | None:
    """When our event is now; None when it is gone or cancelled. Raises `Trouble`."""
    if text is None:
        return None
    try:
        for event in Calendar.from_ical(text).events:
            if str(event.get("UID")) == uid and str(event.get("STATUS", "")).upper() != "CANCELLED":
                return Busy(
                    starts_at=_instant(event.start, zone), ends_at=_instant(event.end, zone)
                )
    except Exception as error:
        raise Trouble(_("Un de nos rendez-vous n’est plus lisible dans cet agenda.")) from error
    return None


def own_hrefs(window: Mapping[str, str]) -> dict[str, str]:
    """Where our events are, by UID, wherever they were put."""
    found = {}
    for href, text in window.items():
        for line in text.splitlines():
            if line.upper().startswith("UID:") and line.strip().endswith(OUR_UID):
                found[line[4:].strip()] = href
    return found


def _recurrences(text: str) -> Any:
    """The events of a text that may make busy, ready to be unfolded; None when there is none."""
    calendar = Calendar.from_ical(text)
    relevant = Calendar()
    for component in calendar.subcomponents:
        if component.name == "VTIMEZONE":
            relevant.add_component(component)
        if component.name != "VEVENT" or str(component.get("UID", "")).endswith(OUR_UID):
            continue
        rules = component.get("RRULE", [])
        often = {
            str(value).upper()
            for rule in (rules if isinstance(rules, list) else [rules])
            for value in rule.get("FREQ", [])
        }
        broken = {str(name).upper() for name, _fault in component.errors} & _WHEN
        if "DTSTART" not in component or broken or often & _TOO_OFTEN:
            raise Trouble(
                _("L’événement « %(title)s » de cet agenda ne peut pas être suivi.")
                % {"title": str(component.get("SUMMARY", "?"))[:80]}
            )
        relevant.add_component(component)
    return recurring_ical_events.of(relevant) if relevant.events else None


def _join(stretches: Iterable[Busy]) -> tuple[Busy, ...]:
    joined: list[Busy] = []
    for busy in sorted(stretches):
        if joined and busy.starts_at <= joined[-1].ends_at:
            if busy.ends_at > joined[-1].ends_at:
                joined[-1] = Busy(starts_at=joined[-1].starts_at, ends_at=busy.ends_at)
        else:
            joined.append(busy)
    return tuple(joined)


def _is_free(event: Any) -> bool:
    return (
        str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
    )


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
