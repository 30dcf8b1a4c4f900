"""A week of free starts, as seven columns that a page turns."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from core.booking.lead import earliest_start
from core.booking.search import Bookable, Sought, list_starts, next_available
from core.booking.when import ANY_TIME, When
from core.clock import local_date
from core.platform import Platform

_WEEK = timedelta(days=7)
State = Literal["past", "open", "too_soon", "not_open_yet"]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the week. `too_soon`: before the lead time is over; `not_open_yet`: beyond the horizon."""

    on: date
    starts: tuple[datetime, ...]
    state: State


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """Seven days of distinct starts. `previous` and `next` are Mondays, where there is something to turn to;
    `next_available` is told when the week is empty, `otherwise` when nothing suits at all: the next at another time of day.
    """

    monday: date
    days: tuple[Day, ...]
    previous: date | None
    next: date | None
    next_available: datetime | None = None
    otherwise: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing can be booked in it."""
        return not any(day.starts for day in self.days)

    @property
    def not_open_yet(self) -> bool:
        """Whether the whole week is beyond the horizon: not the same as having nothing left."""
        return all(day.state == "not_open_yet" for day in self.days)


async def week(
    platform: Platform,
    structure: Bookable,
    sought: Sought,
    monday: date | None = None,
    *,
    when: When = ANY_TIME,
) -> Week:
    """The week that holds `monday` (any of its days will do); the first with a free start when not said."""
    now = platform.clock.now()
    today = local_date(now, platform.zone)
    last_open = today + timedelta(days=structure.horizon_days)
    if monday is None:
        first = await next_available(platform, sought, now, when)
        monday = local_date(first, platform.zone) if first else today
    this_monday = today - timedelta(days=today.weekday())
    monday = min(max(_monday(monday), this_monday), _monday(last_open) + _WEEK)
    opens, closes = (_midnight(platform, monday + timedelta(days=n)) for n in (0, 7))
    starts = await list_starts(platform, sought, opens, closes, when)
    earliest = earliest_start(now, structure.lead_hours, structure.lead_days, platform.zone)
    days = tuple(
        _day(platform, monday + timedelta(days=n), starts, (today, earliest, last_open))
        for n in range(7)
    )
    following = otherwise = None
    if not starts:
        following = await next_available(platform, sought, closes, when)
        following = following or await next_available(platform, sought, now, when)
        if following is None and when:
            otherwise = await next_available(platform, sought, now)
    return Week(
        monday=monday,
        days=days,
        previous=monday - _WEEK if monday > this_monday else None,
        next=monday + _WEEK if monday <= _monday(last_open) else None,
        next_available=following,
        otherwise=otherwise,
    )


def _day(
    platform: Platform,
    on: date,
    starts: Sequence[datetime],
    bounds: tuple[date, datetime, date],
) -> Day:
    today, earliest, last_open = bounds
    state: State = "open"
    if on < today:
        state = "past"
    elif on > last_open:
        state = "not_open_yet"
    elif _midnight(platform, on + timedelta(days=1)) <= earliest:
        state = "too_soon"
    own = tuple(start for start in starts if local_date(start, platform.zone) == on)
    return Day(on=on, starts=own, state=state)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _midnight(platform: Platform, on: date) -> datetime:
    return datetime.combine(on, time(), platform.zone)
