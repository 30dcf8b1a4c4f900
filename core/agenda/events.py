"""What happens in an advisor's days: openings, absences, outside busy time, holds, appointments, as events on a grid."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.absences import list_absences
from core.agenda.desk import Desk
from core.agenda.openings import list_openings
from core.agenda.providers import OpeningRow, busy_times, open_times
from core.agenda.recurrence import instant
from core.agenda.terms import read_terms
from core.agenda.views import Line, list_days
from core.booking.search import FREE
from core.clock import local_date
from core.contracts.agenda import BusyTime
from core.platform import Platform
from core.web.i18n import _, ngettext

_DAY = timedelta(days=1)
_FIRST_MINUTE, _LAST_MINUTE, _QUARTER = 7 * 60, 21 * 60, 15
_LAST_ROW = (_LAST_MINUTE - _FIRST_MINUTE) // _QUARTER
Kind = Literal["opening", "absence", "busy", "hold", "appointment"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a day of the grid: rows are quarters of an hour from 07:00, clipped to 21:00. An appointment has its `line`.

    Events that overlap stand side by side: this one is in lane `lane` of `lanes`. Openings are the background.
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
    lane: int = 0
    lanes: int = 1

    @property
    def fills_the_day(self) -> bool:
        """Whether it covers the whole grid."""
        return self.rows == _LAST_ROW


async def list_events(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    days: Sequence[date],
    *,
    cancelled: bool = False,
) -> list[Event]:
    """Everything of consecutive days, in no order; cancelled appointments when asked."""
    events = [
        *await _opening_events(platform, desk, days),
        *await _absence_events(platform, desk, days),
        *await _outside_events(platform, desk, days),
        *await _hold_events(platform, desk, days),
    ]
    for lines in (await list_days(platform, user, desk, days[0], len(days))).values():
        events += [
            _appointment_event(platform, line)
            for line in lines
            if cancelled or line.state != "cancelled"
        ]
    return events


async def _opening_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    terms = await read_terms(platform, [workplace.id for workplace in desk.workplaces])
    free = await _free_starts(platform, desk, days)
    events = []
    for opening in await list_openings(platform, desk, since=days[0]):
        own = terms[opening.structure]
        for stretch in open_times(
            opening,
            days[0],
            days[-1],
            platform.zone,
            on_holidays=own.open_on_holidays,
            on_pentecost=own.open_on_pentecost,
        ):
            count = sum(
                source == str(opening.id) and stretch.starts_at <= start < stretch.ends_at
                for start, source in free
            )
            events.append(
                _event(
                    platform,
                    "opening",
                    stretch.starts_at,
                    stretch.ends_at,
                    title=_("Plage d’ouverture"),
                    detail=_free_words(count) if stretch.ends_at > platform.clock.now() else "",
                    href=_opening_address(platform, opening, stretch.starts_at),
                )
            )
    return events


async def _free_starts(
    platform: Platform, desk: Desk, days: Sequence[date]
) -> list[tuple[datetime, str]]:
    """The starts that can still be had, and the openings that they come from."""
    rows = await platform.db.fetch(
        f"SELECT s.starts_at, s.source FROM slot s WHERE s.advisor = $2 AND s.starts_at >= $3 AND s.starts_at < $4 AND {FREE}",  # noqa: S608 - a constant of ours
        platform.clock.now(),
        desk.advisor_id,
        *_window(platform, days),
    )
    return [(row["starts_at"], row["source"]) for row in rows]


def _free_words(count: int) -> str:
    if not count:
        return _("complet ou fermé")
    return ngettext("%(num)d créneau libre", "%(num)d créneaux libres", count) % {"num": count}


async def _outside_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    """Busy time of the advisor's own calendars, told to the advisor alone; a manager reads that there is some."""
    labels = {owned.item.key: owned.item.label for owned in platform.board.busy_sources}
    rows = await platform.db.fetch(
        "SELECT source, starts_at, ends_at, label FROM outside_busy"
        " WHERE advisor = $1 AND starts_at < $3 AND ends_at > $2",
        desk.advisor_id,
        *_window(platform, days),
    )
    return [
        event
        for row in rows
        for event in _cut(
            platform,
            "busy",
            BusyTime(
                advisor_id=desk.advisor_id, starts_at=row["starts_at"], ends_at=row["ends_at"]
            ),
            days,
            title=(row["label"] if desk.mine else "") or _("Occupé ailleurs"),
            detail=labels.get(row["source"], row["source"]),
        )
    ]


async def _hold_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    rows = await platform.db.fetch(
        "SELECT starts_at, ends_at FROM hold"
        " WHERE advisor = $1 AND expires_at > $4 AND starts_at >= $2 AND starts_at < $3",
        desk.advisor_id,
        *_window(platform, days),
        platform.clock.now(),
    )
    return [
        _event(platform, "hold", row["starts_at"], row["ends_at"], title=_("Réservation en cours"))
        for row in rows
    ]


def _window(platform: Platform, days: Sequence[date]) -> tuple[datetime, datetime]:
    zone = platform.zone
    return instant(days[0], time.min, zone), instant(days[-1] + _DAY, time.min, zone)


def _opening_address(platform: Platform, opening: OpeningRow, starts_at: datetime) -> str:
    """The opening; on that day, when it repeats and the day is not past."""
    day = local_date(starts_at, platform.zone)
    dated = opening.repeat != "none" and day >= local_date(platform.clock.now(), platform.zone)
    return f"/plages/{opening.id}{f'?jour={day}' if dated else ''}"


async def _absence_events(platform: Platform, desk: Desk, days: Sequence[date]) -> list[Event]:
    return [
        event
        for absence in await list_absences(platform, desk.advisor_id, since=days[0])
        for away in busy_times(absence, days[0], days[-1], platform.zone)
        for event in _cut(
            platform,
            "absence",
            away,
            days,
            title=absence.label or _("Absence"),
            href=f"/absences/{absence.id}",
        )
    ]


def _cut(
    platform: Platform,
    kind: Kind,
    busy: BusyTime,
    days: Sequence[date],
    *,
    title: str,
    href: str = "",
    detail: str = "",
) -> list[Event]:
    """A stretch cut at midnight, so that each day shows its own part."""
    events = []
    for day in days:
        start = max(busy.starts_at, instant(day, time.min, platform.zone))
        end = min(busy.ends_at, instant(day + _DAY, time.min, platform.zone))
        if start < end:
            events.append(_event(platform, kind, start, end, title=title, href=href, detail=detail))
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
    href: str = "",
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
