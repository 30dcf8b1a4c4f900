"""The week as a grid of quarters of an hour: openings behind, absences and appointments before."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.absences import list_absences
from core.agenda.desk import Desk
from core.agenda.holidays import holiday_name
from core.agenda.openings import list_openings
from core.agenda.providers import OpeningRow, busy_times, open_times
from core.agenda.recurrence import instant
from core.agenda.terms import read_terms
from core.agenda.views import Line, list_days
from core.clock import local_date
from core.platform import Platform
from core.web.i18n import _

_DAY = timedelta(days=1)
_FIRST_MINUTE, _LAST_MINUTE, _QUARTER = 7 * 60, 21 * 60, 15
_LAST_ROW = (_LAST_MINUTE - _FIRST_MINUTE) // _QUARTER
Kind = Literal["opening", "absence", "appointment"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a day of the week grid: rows are quarters of an hour from 07:00, clipped to 21:00. An appointment has
    its `line`.
    """

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    title: str
    row: int
    rows: int
    href: str = ""
    detail: str = ""
    icon: str = ""
    state: str = ""
    line: Line | None = None

    @property
    def fills_the_day(self) -> bool:
        """Whether it covers the whole grid."""
        return self.rows == _LAST_ROW


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the week: the name of the public holiday, if it is one, and what happens, by start."""

    day: date
    holiday: str
    events: tuple[Event, ...]


async def read_week(
    platform: Platform, user: CurrentUser, desk: Desk, monday: date
) -> Sequence[Day]:
    """The week as a grid; Saturday and Sunday only when something happens."""
    days = [monday + number * _DAY for number in range(7)]
    events = [
        *await _opening_events(platform, desk, days),
        *await _absence_events(platform, desk, days),
    ]
    for lines in (await list_days(platform, user, desk, monday, 7)).values():
        events += [
            _appointment_event(platform, line) for line in lines if line.state != "cancelled"
        ]
    week = []
    for day in days:
        of_day = [event for event in events if local_date(event.starts_at, platform.zone) == day]
        if of_day or day.weekday() < 5:
            of_day.sort(key=lambda event: (event.starts_at, event.kind != "opening"))
            week.append(Day(day=day, holiday=holiday_name(day), events=tuple(of_day)))
    return week


async def _opening_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    terms = await read_terms(platform, [workplace.id for workplace in desk.workplaces])
    return [
        _event(
            platform,
            "opening",
            stretch.starts_at,
            stretch.ends_at,
            title=_("Plage d’ouverture"),
            href=_opening_address(platform, opening, stretch.starts_at),
        )
        for opening in await list_openings(platform, desk, since=days[0])
        for stretch in open_times(
            opening,
            days[0],
            days[-1],
            platform.zone,
            on_holidays=terms[opening.structure].open_on_holidays,
            on_pentecost=terms[opening.structure].open_on_pentecost,
        )
    ]


def _opening_address(platform: Platform, opening: OpeningRow, starts_at: datetime) -> str:
    """The opening; on that day, when it repeats and the day is not past."""
    day = local_date(starts_at, platform.zone)
    dated = opening.repeat != "none" and day >= local_date(platform.clock.now(), platform.zone)
    return f"/plages/{opening.id}{f'?jour={day}' if dated else ''}"


async def _absence_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    """Absences cut at midnight, so that each day shows its own part."""
    zone = platform.zone
    events = []
    for absence in await list_absences(platform, desk.advisor_id, since=days[0]):
        for away in busy_times(absence, days[0], days[-1], zone):
            for day in days:
                start = max(away.starts_at, instant(day, time.min, zone))
                end = min(away.ends_at, instant(day + _DAY, time.min, zone))
                if start < end:
                    events.append(
                        _event(
                            platform,
                            "absence",
                            start,
                            end,
                            title=absence.label or _("Absence"),
                            href=f"/absences/{absence.id}",
                        )
                    )
    return events


def _appointment_event(platform: Platform, line: Line) -> Event:
    event = _event(
        platform,
        "appointment",
        line.starts_at,
        line.ends_at,
        title=line.name or _("Rendez-vous"),
        href=line.href,
        detail=line.site or line.channel,
        icon=line.icon,
        state=line.state,
    )
    return msgspec.structs.replace(event, line=line)


def _event(
    platform: Platform,
    kind: Kind,
    starts_at: datetime,
    ends_at: datetime,
    *,
    title: str,
    href: str,
    detail: str = "",
    icon: str = "",
    state: str = "",
) -> Event:
    start, end = starts_at.astimezone(platform.zone), ends_at.astimezone(platform.zone)
    first = min(_row(start.hour * 60 + start.minute), _LAST_ROW - 1)
    same_day = end.date() == start.date()
    last = _row(end.hour * 60 + end.minute + _QUARTER - 1) if same_day else _LAST_ROW
    return Event(
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        title=title,
        row=first,
        rows=max(last - first, 1),
        href=href,
        detail=detail,
        icon=icon,
        state=state,
    )


def _row(minute: int) -> int:
    """The quarter of an hour of a minute of the day, within the grid."""
    return (min(max(minute, _FIRST_MINUTE), _LAST_MINUTE) - _FIRST_MINUTE) // _QUARTER
