"""Days and weeks as a grid: what overlaps stands side by side."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.events import Event, list_events
from core.agenda.holidays import holiday_name
from core.clock import local_date
from core.platform import Platform

_DAY = timedelta(days=1)
_MOST_LANES = 4


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown beside the ordinary: empty weekends, cancelled appointments."""

    weekends: bool = False
    cancelled: bool = False


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day: the name of the public holiday, if it is one, and what happens, by start."""

    day: date
    holiday: str
    events: tuple[Event, ...]


async def read_week(
    platform: Platform, user: CurrentUser, desk: Desk, monday: date, shown: Shown | None = None
) -> Sequence[Day]:
    """The week as a grid; Saturday and Sunday when something happens, or when asked."""
    shown = shown or Shown()
    week = await read_days(platform, user, desk, monday, 7, cancelled=shown.cancelled)
    return [day for day in week if day.events or day.day.weekday() < 5 or shown.weekends]


async def read_days(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    first: date,
    count: int,
    *,
    cancelled: bool = False,
) -> Sequence[Day]:
    """So many days from `first`."""
    days = [first + number * _DAY for number in range(count)]
    events = await list_events(platform, user, desk, days, cancelled=cancelled)
    return [
        Day(day=day, holiday=holiday_name(day), events=_of_day(platform, events, day))
        for day in days
    ]


def _of_day(platform: Platform, events: Iterable[Event], day: date) -> tuple[Event, ...]:
    found = [one for one in events if local_date(one.starts_at, platform.zone) == day]
    before = side_by_side(one for one in found if one.kind != "opening")
    behind = [one for one in found if one.kind == "opening"]
    return tuple(sorted([*behind, *before], key=lambda one: (one.starts_at, one.kind != "opening")))


def side_by_side(events: Iterable[Event]) -> list[Event]:
    """The same events in lanes, so that no two that share a row share a lane; the fifth at once lies over the fourth."""
    placed: list[Event] = []
    group: list[Event] = []
    ends: list[int] = []  # the first free row of each lane of the group

    def close() -> None:
        lanes = min(len(ends), _MOST_LANES)
        placed.extend(
            msgspec.structs.replace(one, lane=min(one.lane, lanes - 1), lanes=lanes)
            for one in group
        )
        group.clear()
        ends.clear()

    for event in sorted(events, key=lambda one: (one.row, -one.rows, one.kind)):
        if ends and event.row >= max(ends):
            close()
        lane = next((n for n, end in enumerate(ends) if end <= event.row), len(ends))
        ends[lane : lane + 1] = [event.row + event.rows]
        group.append(msgspec.structs.replace(event, lane=lane))
    close()
    return placed
