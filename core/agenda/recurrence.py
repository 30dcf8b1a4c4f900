"""Recurrences on the wall: which days a rule falls on, and which instant a wall-clock time is.

Pure. A rule is written in the time of the wall, so that 10:00 is 10:00 in winter and in summer.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

Repeat = Literal["none", "weekly", "monthly"]
WallTime = Annotated[time, Meta(tz=False)]
_MINUTE = timedelta(minutes=1)
_WEEK = 7


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Once on `starts_on`; or every `every` weeks on its weekday; or every `every` months on its nth weekday.

    `ends_on` is the last possible day, inclusive; None is for ever. A month without a fifth such weekday is passed over.
    The days of `without` are left out.
    """

    repeat: Repeat
    starts_on: date
    every: int = 1
    ends_on: date | None = None
    without: frozenset[date] = frozenset()


def list_days(rule: Rule, first: date, last: date) -> Iterator[date]:
    """The days of the rule in [first, last], both included, in order."""
    first = max(first, rule.starts_on)
    if rule.ends_on is not None:
        last = min(last, rule.ends_on)
    if rule.repeat == "none":
        days: Iterator[date] = iter((rule.starts_on,))
    elif rule.repeat == "weekly":
        days = _weeks(rule, first, last)
    else:
        days = _months(rule, first, last)
    return (day for day in days if first <= day <= last and day not in rule.without)


def falls_on(rule: Rule, day: date) -> bool:
    """Whether a day is one of the rule's."""
    return next(list_days(rule, day, day), None) is not None


def until_eve(rule: Rule, day: date) -> Rule | None:
    """The rule as it is before `day`, one of its days; None when that is its first day."""
    if day <= rule.starts_on:
        return None
    without = frozenset(left_out for left_out in rule.without if left_out < day)
    return msgspec.structs.replace(rule, ends_on=day - timedelta(days=1), without=without)


def nth_of_month(day: date) -> int:
    """Whether a day is the first (1) … fifth (5) of its weekday in its month."""
    return (day.day - 1) // _WEEK + 1


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant of `day`, in UTC, at which a wall clock of `zone` shows `at` or later.

    When clocks go back, that is the first of the two; a time that clocks jump over is the moment of the jump. So a
    later wall time is never an earlier instant.
    """
    wall = datetime.combine(day, at.replace(fold=0), zone)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).time() == at:
        return found
    before_jump = wall.replace(fold=1).astimezone(UTC)
    summer = found.astimezone(zone).utcoffset()
    minutes = range((found - before_jump) // _MINUTE)
    jump = bisect_left(
        minutes,
        True,
        key=lambda minute: (before_jump + minute * _MINUTE).astimezone(zone).utcoffset() == summer,
    )
    return (before_jump + jump * _MINUTE).replace(second=0, microsecond=0)


def _weeks(rule: Rule, first: date, last: date) -> Iterator[date]:
    step = _WEEK * rule.every
    origin = rule.starts_on.toordinal()
    passed = (first.toordinal() - origin) // step
    for ordinal in range(origin + passed * step, last.toordinal() + 1, step):
        yield date.fromordinal(ordinal)


def _months(rule: Rule, first: date, last: date) -> Iterator[date]:
    nth, weekday = nth_of_month(rule.starts_on), rule.starts_on.weekday()
    origin = _month_number(rule.starts_on)
    passed = (_month_number(first) - origin) // rule.every
    for month in range(origin + passed * rule.every, _month_number(last) + 1, rule.every):
        day = _nth_weekday(month // 12, month % 12 + 1, nth, weekday)
        if day is not None:
            yield day


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _nth_weekday(year: int, month: int, nth: int, weekday: int) -> date | None:
    start = date(year, month, 1)
    number = 1 + (weekday - start.weekday()) % _WEEK + (nth - 1) * _WEEK
    try:
        return start.replace(day=number)
    except ValueError:
        return None
