"""A month as a calendar: of each day, how many people, how many free hours, whether one is away."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.events import Event, list_events
from core.agenda.gauge import monday_of
from core.agenda.holidays import holiday_name
from core.platform import Platform

_DAY = timedelta(days=1)
_DECEMBER = 12


class MonthDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the calendar. `away` is the name of what fills the day, `partly` whether one is away for a part of it."""

    day: date
    is_inside: bool
    holiday: str
    appointments: int
    to_fill_in: int
    vacancies: int
    away: str
    partly: bool
    is_open: bool

    @property
    def absence(self) -> Literal["", "part", "day"]:
        """How much of the day one is away."""
        return "day" if self.away else "part" if self.partly else ""


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    if first.month == _DECEMBER:
        return date(first.year + 1, 1, 1)
    return first.replace(month=first.month + 1)


def weeks_of(first: date) -> Iterator[list[date]]:
    """The weeks of a month, whole, Monday first."""
    monday = monday_of(first)
    while monday < next_month(first):
        yield [monday + number * _DAY for number in range(7)]
        monday += 7 * _DAY


async def read_month(
    platform: Platform, user: CurrentUser, desk: Desk, first: date
) -> Sequence[Sequence[MonthDay]]:
    """The weeks of the month that begins on `first`, with the ends of the months beside it."""
    weeks = list(weeks_of(first))
    by_day: dict[date, list[Event]] = {day: [] for week in weeks for day in week}
    for event in await list_events(platform, user, desk, weeks[0][0], len(by_day)):
        by_day[event.day].append(event)
    return [[_month_day(day, first, by_day[day]) for day in week] for week in weeks]


def _month_day(day: date, first: date, events: Sequence[Event]) -> MonthDay:
    away = [event for event in events if event.kind in ("absence", "outside")]
    states = [event.state for event in events if event.kind == "appointment"]
    return MonthDay(
        day=day,
        is_inside=day.month == first.month,
        holiday=holiday_name(day),
        appointments=sum(state != "cancelled" for state in states),
        to_fill_in=states.count("to_fill_in"),
        vacancies=sum(event.kind == "vacancy" for event in events),
        away=next((event.title for event in away if event.span.whole), ""),
        partly=bool(away),
        is_open=any(event.kind == "opening" for event in events),
    )
