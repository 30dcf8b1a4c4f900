"""Days as numbers, for many youths or many sheets at once: when one may apply and leave, and how old one is then.

A day is written `yyyymmdd`, so that an age is a difference of two of them; a month is counted from the year 0. Months of the
year are a set of twelve bits, the lowest for January.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np

from plugins.matching_rules.bits import Array

_FIRST_YEAR, _LAST_YEAR = 1990, 2150


def number(day: date) -> int:
    """`yyyymmdd`."""
    return day.year * 10_000 + day.month * 100 + day.day


def month_number(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def months_set(months: Iterable[int]) -> int:
    """Months of the year (1 to 12) as bits."""
    found = 0
    for month in months:
        found |= 1 << (month - 1)
    return found


def age_on(birth: Array, day: Array) -> Array:
    """Whole years lived on a day."""
    return (day - birth) // 10_000


def departure_days(today: date, departure: str | None, horizon_months: int) -> tuple[date, date]:
    """The first and the last day on which a youth may leave: in the month they named, else within the horizon."""
    if departure is None:
        return today, _later(today, horizon_months) - timedelta(days=1)
    last = month_end(departure)
    return max(today, last.replace(day=1)), max(today, last)


@lru_cache(maxsize=256)
def month_end(month: str) -> date:
    """The last day of `YYYY-MM`."""
    return _month_end(int(month[:4]), int(month[5:7]))


def open_days(
    today: Array, this_month: Array, last: Array, last_month: Array, campaign: Array
) -> tuple[Array, Array]:
    """The first and the last day of a campaign (a set of months; the empty one never closes) from today until `last`.

    When no month of the campaign comes before, the next one whatever the last day.
    """
    forth, aback, starts, ends = _tables()
    at = campaign * 12
    ahead = forth[at + this_month % 12]
    opening = ahead + this_month
    first = np.where(ahead == 0, today, starts[opening])
    back = aback[at + last_month % 12]
    ending = np.where(back == 0, last, ends[last_month - back])
    return first, np.where(campaign == 0, last, np.maximum(ending, ends[opening]))


def months_away(month: Array, season: Array) -> Array:
    """How many months lie between a month and the nearest of a season, 0 for one of them or without any season."""
    at = season * 12 + month % 12
    forth, aback, _starts, _ends = _tables()
    away: Array = np.minimum(forth[at], aback[at])
    return away


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _steps(direction: int) -> Array:
    """For every set of months and every month, how many months forth or back one of the set is; 0 for the empty set."""
    found = np.zeros((4096, 12), np.int64)
    sets = np.arange(4096)[:, None]
    for step in range(11, -1, -1):
        there = (np.arange(12) + direction * step) % 12
        found = np.where(sets >> there & 1 == 1, step, found)
    return found.ravel()


def _bounds() -> tuple[Array, Array]:
    """The first and the last day of every month, by its number."""
    months = range(12 * _FIRST_YEAR, 12 * _LAST_YEAR)
    ends = [_month_end(month // 12, month % 12 + 1) for month in months]
    before = np.zeros(12 * _FIRST_YEAR, np.int64)
    first, last = (
        [number(day) for day in days] for days in ((e.replace(day=1) for e in ends), ends)
    )
    return np.concatenate([before, first]), np.concatenate([before, last])


@cache
def _tables() -> tuple[Array, Array, Array, Array]:
    """Months forth and back by set and month, first and last days by month: made with the first ranking, not with the start."""
    return _steps(1), _steps(-1), *_bounds()
