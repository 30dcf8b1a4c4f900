"""Spans of days: when a youth may apply and leave, and how old they are then."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Days from `first` to `last`, both included."""

    first: date
    last: date


def age_on(birth: date, day: date) -> int:
    """Whole years lived on `day`."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def month_span(month: str) -> Span:
    """The days of `YYYY-MM`."""
    year, number = int(month[:4]), int(month[5:7])
    return Span(first=date(year, number, 1), last=_month_end(year, number))


def departure_span(today: date, departure: str | None, horizon_months: int) -> Span:
    """The days on which a youth may leave: those of the month they named, else any within the horizon."""
    if departure is None:
        return Span(first=today, last=_later(today, horizon_months) - timedelta(days=1))
    named = month_span(departure)
    return Span(first=max(today, named.first), last=max(today, named.last))


def application_span(today: date, leaving: Span, months: Sequence[int]) -> Span:
    """The days on which a youth may apply: from today, in the given months (empty: any), before leaving.

    When no such month comes before, the next campaign whatever the departure.
    """
    if not months:
        return Span(first=today, last=leaving.last)
    first = today if today.month in months else _opening(today, months)
    last = leaving.last
    while last.month not in months and last > first:
        last = last.replace(day=1) - timedelta(days=1)
    return Span(first=first, last=max(last, _month_end(first.year, first.month)))


def _opening(today: date, months: Sequence[int]) -> date:
    """The first day of the next month among `months`."""
    ahead = min((month - today.month) % 12 for month in months)
    years, month = divmod(today.month - 1 + ahead, 12)
    return date(today.year + years, month + 1, 1)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
