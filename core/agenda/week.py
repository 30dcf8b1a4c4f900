"""Days side by side as a grid of hours: what is behind, what is before, and where each thing stands."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Literal

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.events import Event, list_events
from core.agenda.gauge import monday_of
from core.agenda.holidays import holiday_name
from core.agenda.layout import shown_hours, side_by_side
from core.agenda.recurrence import instant
from core.agenda.wording import wall
from core.platform import Platform

_DAY = timedelta(days=1)
_LAYERS = (("opening",), ("vacancy",), ("absence", "outside", "hold", "appointment"))
_SATURDAY = 5

Weekend = Literal["auto", "oui", "non"]
ClockChange = Literal["", "forward", "back"]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day: the name of the public holiday, if it is one, and whether clocks change.

    `whole` fills it (an absence, a busy day elsewhere); `events` have their hours, by start.
    """

    day: date
    holiday: str
    clock_change: ClockChange
    whole: tuple[Event, ...]
    events: tuple[Event, ...]

    @property
    def appointments(self) -> int:
        """How many people are expected, or were."""
        return sum(
            event.kind == "appointment" and event.state != "cancelled" for event in self.events
        )

    @property
    def vacancies(self) -> int:
        """How many hours are free."""
        return sum(event.kind == "vacancy" for event in self.events)

    @property
    def is_weekend(self) -> bool:
        """Whether it is a Saturday or a Sunday."""
        return self.day.weekday() >= _SATURDAY

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.whole and not self.events


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """The days to show, from `first_hour` to `last_hour`; `hidden` counts the appointments of the days left out."""

    days: tuple[Day, ...]
    first_hour: int
    last_hour: int
    hidden: int = 0

    @property
    def hours(self) -> list[str]:
        """The hours in words, one for each line."""
        return [wall(time(hour)) for hour in range(self.first_hour, self.last_hour)]


async def read_week(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    chosen: date,
    *,
    weekend: Weekend = "auto",
    cancelled: bool = False,
) -> Grid:
    """The week of a day. Saturday and Sunday: when something happens (`auto`), always, or never; cancelled appointments if
    asked. The day itself is always there.
    """
    days = await _read_days(platform, user, desk, monday_of(chosen), 7, cancelled=cancelled)
    kept = [
        day
        for day in days
        if not day.is_weekend
        or day.day == chosen
        or weekend == "oui"
        or (weekend == "auto" and not day.is_empty)
    ]
    hidden = sum(day.appointments for day in days if day not in kept)
    return _grid(kept, hidden)


async def read_day(
    platform: Platform, user: CurrentUser, desk: Desk, day: date, *, cancelled: bool = False
) -> Grid:
    """One day."""
    return _grid(await _read_days(platform, user, desk, day, 1, cancelled=cancelled))


def _grid(days: Sequence[Day], hidden: int = 0) -> Grid:
    """The days from the first to the last hour of what is entered here; what is busy elsewhere at night is not shown."""
    first, last = shown_hours(
        [event.span for day in days for event in day.events if event.kind != "outside"]
    )
    kept = [
        msgspec.structs.replace(
            day, events=tuple(event for event in day.events if event.span.meets(first, last))
        )
        for day in days
    ]
    return Grid(days=tuple(kept), first_hour=first, last_hour=last, hidden=hidden)


async def _read_days(
    platform: Platform, user: CurrentUser, desk: Desk, first: date, count: int, *, cancelled: bool
) -> list[Day]:
    events = [
        event
        for event in await list_events(platform, user, desk, first, count)
        if cancelled or event.state != "cancelled"
    ]
    return [
        _day(platform, day, [event for event in events if event.day == day])
        for day in (first + number * _DAY for number in range(count))
    ]


def _day(platform: Platform, day: date, events: Sequence[Event]) -> Day:
    whole = [event for event in events if event.span.whole]
    placed: list[Event] = []
    for kinds in _LAYERS:
        layer = [event for event in events if event.kind in kinds and not event.span.whole]
        spans = side_by_side([event.span for event in layer])
        placed += [
            msgspec.structs.replace(event, span=span)
            for event, span in zip(layer, spans, strict=True)
        ]
    return Day(
        day=day,
        holiday=holiday_name(day),
        clock_change=clock_change(platform, day),
        whole=tuple(whole),
        events=tuple(sorted(placed, key=lambda event: event.span.first)),
    )


def clock_change(platform: Platform, day: date) -> ClockChange:
    """Whether clocks go forward (in spring) or back on a day."""
    length = instant(day + _DAY, time.min, platform.zone) - instant(day, time.min, platform.zone)
    if length == _DAY:
        return ""
    return "forward" if length < _DAY else "back"
