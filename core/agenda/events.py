"""What happens at a desk, day by day of the wall clock: openings, free hours, absences, outside busy time, appointments, holds."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Literal

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.absences import list_absences
from core.agenda.desk import Desk
from core.agenda.free import held_together
from core.agenda.layout import Span, on_wall
from core.agenda.openings import list_openings
from core.agenda.outside import list_outside, source_labels
from core.agenda.providers import OpeningRow, busy_times, open_times
from core.agenda.recurrence import instant
from core.agenda.terms import read_terms
from core.agenda.vacancies import list_held, list_vacancies
from core.agenda.views import Line, list_lines
from core.clock import local_date
from core.platform import Platform
from core.web.i18n import _
from core.web.templating import hour

_DAY = timedelta(days=1)
Kind = Literal["opening", "vacancy", "absence", "outside", "hold", "appointment"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The part of something that falls on `day`; an appointment has its `line`.

    `state` is the appointment's, or for a free hour whether it can be booked.
    """

    kind: Kind
    day: date
    span: Span
    starts_at: datetime
    ends_at: datetime
    title: str
    href: str = ""
    detail: str = ""
    icon: str = ""
    state: str = ""
    line: Line | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A window of whole days: the days, and their first and last instants."""

    days: tuple[date, ...]
    starts_at: datetime
    ends_at: datetime


def moment_of(platform: Platform, first: date, count: int) -> Moment:
    """`count` days from `first` on."""
    return Moment(
        days=tuple(first + number * _DAY for number in range(count)),
        starts_at=instant(first, time.min, platform.zone),
        ends_at=instant(first + count * _DAY, time.min, platform.zone),
    )


async def list_events(
    platform: Platform, user: CurrentUser, desk: Desk, first: date, count: int
) -> list[Event]:
    """Everything of `count` days from `first` on, by start; what lasts over midnight has a part on each day."""
    window = moment_of(platform, first, count)
    found = [
        *await _openings(platform, desk, window),
        *await _vacancies(platform, desk, window),
        *await _absences(platform, desk, window),
        *await _outside(platform, desk, window),
        *await _holds(platform, desk, window),
        *await _appointments(platform, user, desk, window),
    ]
    return sorted(found, key=lambda event: (event.day, event.span.first, event.kind != "opening"))


def _parts(
    platform: Platform, window: Moment, kind: Kind, starts_at: datetime, ends_at: datetime
) -> Iterator[Event]:
    """One bare event for each day that the stretch touches."""
    for day in window.days:
        span = on_wall(day, starts_at, ends_at, platform.zone)
        if span is not None:
            yield Event(
                kind=kind, day=day, span=span, starts_at=starts_at, ends_at=ends_at, title=""
            )


async def _openings(platform: Platform, desk: Desk, window: Moment) -> Iterable[Event]:
    terms = await read_terms(platform, [workplace.id for workplace in desk.workplaces])
    return [
        msgspec.structs.replace(
            event,
            title=_("Plage d’ouverture"),
            href=_opening_address(platform, opening, event.day),
        )
        for opening in await list_openings(platform, desk, since=window.days[0])
        for stretch in open_times(
            opening,
            window.days[0],
            window.days[-1],
            platform.zone,
            on_holidays=terms[opening.structure].open_on_holidays,
            on_pentecost=terms[opening.structure].open_on_pentecost,
        )
        for event in _parts(platform, window, "opening", stretch.starts_at, stretch.ends_at)
    ]


def _opening_address(platform: Platform, opening: OpeningRow, day: date) -> str:
    """The opening; on that day, when it repeats and the day is not past."""
    dated = opening.repeat != "none" and day >= local_date(platform.clock.now(), platform.zone)
    return f"/plages/{opening.id}?{f'jour={day}&' if dated else ''}retour=agenda"


async def _vacancies(platform: Platform, desk: Desk, window: Moment) -> Iterable[Event]:
    """The free hours that can be held one after the other: of starts that overlap, not each."""
    vacant = await list_vacancies(platform, desk, window.starts_at, window.ends_at)
    found: list[Event] = []
    by_structure = sorted(vacant, key=lambda one: (str(one.structure), one.starts_at))
    for _structure, group in groupby(by_structure, lambda one: one.structure):
        hours = list(group)
        kept = held_together(hours, hours[0].buffer_minutes)
        found += [
            msgspec.structs.replace(event, title=_("Libre"), state=one.state)
            for one in hours
            if one.starts_at in kept
            for event in _parts(platform, window, "vacancy", one.starts_at, one.ends_at)
        ]
    return found


async def _absences(platform: Platform, desk: Desk, window: Moment) -> Iterable[Event]:
    absences = await list_absences(platform, desk.advisor_id, since=window.days[0])
    return [
        msgspec.structs.replace(
            event, title=absence.label or _("Absence"), href=f"/absences/{absence.id}?retour=agenda"
        )
        for absence in absences
        for away in busy_times(absence, window.days[0], window.days[-1], platform.zone)
        for event in _parts(platform, window, "absence", away.starts_at, away.ends_at)
    ]


async def _outside(platform: Platform, desk: Desk, window: Moment) -> Iterable[Event]:
    """What a source says of a stretch is for the advisor; whoever else sits here reads which calendar it is."""
    names = source_labels(platform)
    return [
        msgspec.structs.replace(
            event,
            title=(one.label if desk.mine else "") or _("Occupé"),
            detail=names.get(one.source, one.source),
        )
        for one in await list_outside(platform, desk.advisor_id, window.starts_at, window.ends_at)
        for event in _parts(platform, window, "outside", one.starts_at, one.ends_at)
    ]


async def _holds(platform: Platform, desk: Desk, window: Moment) -> Iterable[Event]:
    return [
        msgspec.structs.replace(
            event,
            title=_("Réservation en cours"),
            detail=_("gardée jusqu’à %(hour)s") % {"hour": hour(one.expires_at)},
        )
        for one in await list_held(platform, desk.advisor_id, window.starts_at, window.ends_at)
        for event in _parts(platform, window, "hold", one.starts_at, one.ends_at)
    ]


async def _appointments(
    platform: Platform, user: CurrentUser, desk: Desk, window: Moment
) -> Sequence[Event]:
    return [
        msgspec.structs.replace(
            event,
            title=line.name or _("Rendez-vous"),
            href=line.href,
            detail=line.site or line.channel,
            icon=line.icon,
            state=line.state,
            line=line,
        )
        for line in await list_lines(platform, user, desk, window.starts_at, window.ends_at)
        for event in _parts(platform, window, "appointment", line.starts_at, line.ends_at)
    ]
