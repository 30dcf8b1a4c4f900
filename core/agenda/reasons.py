"""Why an hour of an opening is offered or not: what stands in its way, first things first.

Answered from what is kept: absences, what outside calendars told last, appointments, holds, the terms of the structure.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.agenda.absences import list_absences
from core.agenda.desk import Desk
from core.agenda.free import FreeSlot, Offer, free_slots
from core.agenda.holidays import holiday_name
from core.agenda.openings import list_openings
from core.agenda.outside import list_outside, source_labels
from core.agenda.providers import OPENINGS, OpeningRow, busy_times, is_closed_holiday, open_times
from core.agenda.recurrence import instant, list_days
from core.agenda.terms import Terms, read_terms
from core.agenda.vacancies import list_held, list_vacancies
from core.booking.lead import earliest_start
from core.clock import local_date
from core.platform import Platform

Kind = Literal["absence", "outside", "appointment", "hold"]
Why = Literal["", "past", "holiday", "too_soon", "not_yet", "unexplained"] | Kind
_DAY = timedelta(days=1)
_DATES = 4
_LOOKED_AHEAD = timedelta(days=366)


class InTheWay(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch [starts_at, ends_at) in which the advisor is taken, pauses included; `label` may say by what."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    label: str = ""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """An hour that an opening gives, and `why` a youth cannot book it: empty when they can.

    `label` names what is in the way: the holiday, the absence, the calendar.
    """

    structure: UUID
    starts_at: datetime
    ends_at: datetime
    why: Why = ""
    label: str = ""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A moment in a structure: what can be booked begins after `now`, from `earliest` on (the lead time), before `until` (the
    horizon).
    """

    now: datetime
    earliest: datetime
    until: datetime
    terms: Terms
    zone: ZoneInfo


def frame_of(now: datetime, terms: Terms, zone: ZoneInfo) -> Frame:
    """What the terms of a structure mean at a moment."""
    last = local_date(now, zone) + timedelta(days=terms.horizon_days)
    return Frame(
        now=now,
        earliest=earliest_start(now, terms.lead_hours, terms.lead_days, zone),
        until=instant(last + _DAY, time.min, zone),
        terms=terms,
        zone=zone,
    )


def explain(slot: FreeSlot, ways: Sequence[InTheWay], frame: Frame) -> tuple[Why, str]:
    """Why a slot of open time cannot be booked, and by what: the first that counts of `ways`, in their order. Pure."""
    day, terms = local_date(slot.starts_at, frame.zone), frame.terms
    if slot.starts_at <= frame.now:
        return "past", ""
    if is_closed_holiday(day, terms.open_on_holidays, terms.open_on_pentecost):
        return "holiday", holiday_name(day)
    until = slot.ends_at + timedelta(minutes=terms.buffer_minutes)
    for way in ways:
        if way.starts_at < until and way.ends_at > slot.starts_at:
            return way.kind, way.label
    if slot.starts_at < frame.earliest:
        return "too_soon", ""
    return ("not_yet", "") if slot.starts_at >= frame.until else ("", "")


def starts_of(
    opening: OpeningRow, days: tuple[date, date], ways: Sequence[InTheWay], frame: Frame
) -> Iterator[Start]:
    """Every start that an opening gives from the first to the last of `days`, in order, taken hours too. Pure."""
    for stretch in open_times(opening, *days, frame.zone, on_holidays=True):
        for slot in free_slots(
            [Offer(provider=OPENINGS, open=stretch)],
            (),
            frame.terms.slot_minutes,
            step_minutes=frame.terms.step_minutes,
        ):
            why, label = explain(slot, ways, frame)
            yield Start(
                structure=opening.structure,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                why=why,
                label=label,
            )


async def read_ways(
    platform: Platform, advisor_id: UUID, days: tuple[date, date]
) -> list[InTheWay]:
    """What takes the advisor's time from the first to the last of `days`, in every structure, in the order in which it is told."""
    zone = platform.zone
    start, end = instant(days[0], time.min, zone), instant(days[1] + _DAY, time.min, zone)
    names = source_labels(platform)
    absences = await list_absences(platform, advisor_id, since=days[0])
    return [
        *(
            InTheWay(kind="absence", starts_at=one.starts_at, ends_at=one.ends_at, label=one.label)
            for absence in absences
            for one in busy_times(absence, *days, zone)
        ),
        *(
            InTheWay(
                kind="outside",
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                label=names.get(one.source, one.source),
            )
            for one in await list_outside(platform, advisor_id, start, end)
        ),
        *await _booked(platform, advisor_id, start, end),
        *(
            InTheWay(kind="hold", starts_at=one.starts_at, ends_at=one.busy_until)
            for one in await list_held(platform, advisor_id, start, end)
        ),
    ]


async def _booked(
    platform: Platform, advisor_id: UUID, start: datetime, end: datetime
) -> list[InTheWay]:
    rows = await platform.db.fetch(
        "SELECT starts_at, busy_until FROM appointment WHERE advisor = $1 AND starts_at >= $2 AND starts_at < $3"
        " AND status IN ('booked', 'honoured', 'no_show') ORDER BY starts_at",
        advisor_id,
        start,
        end,
    )
    return [
        InTheWay(kind="appointment", starts_at=row["starts_at"], ends_at=row["busy_until"])
        for row in rows
    ]


async def list_day(platform: Platform, desk: Desk, day: date) -> list[Start]:
    """Every start of a day in the desk's structures, once each, by hour: offered, or why not.

    `unexplained` where nothing that is known of the hour stands in the way: what hides the whole supply is told apart
    (`obstacles.py`).
    """
    now, zone = platform.clock.now(), platform.zone
    terms = await read_terms(platform, [workplace.id for workplace in desk.workplaces])
    frames = {key: frame_of(now, one, zone) for key, one in terms.items()}
    ways = await read_ways(platform, desk.advisor_id, (day, day))
    midnight, next_midnight = instant(day, time.min, zone), instant(day + _DAY, time.min, zone)
    vacant = {
        (one.structure, one.starts_at): one
        for one in await list_vacancies(platform, desk, midnight, next_midnight)
    }
    found: dict[tuple[UUID, datetime], Start] = {}
    for opening in await list_openings(platform, desk, since=day):
        for start in starts_of(opening, (day, day), ways, frames[opening.structure]):
            key = (start.structure, start.starts_at)
            unexplained = not start.why and key not in vacant
            found.setdefault(
                key,
                msgspec.structs.replace(start, why="unexplained") if unexplained else start,
            )
    for key, one in vacant.items():  # a plugin's open time may give others
        if key not in found:
            found[key] = Start(
                structure=one.structure,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                why="" if one.state == "open" else one.state,
            )
    return sorted(found.values(), key=lambda start: (start.starts_at, start.structure))


async def preview_starts(platform: Platform, opening: OpeningRow, terms: Terms) -> list[Start]:
    """The starts of the first dates to come of an opening, saved or not, each with what is known to stand in its way.

    Four dates at most, and those that are over on their day left out.
    """
    now, zone = platform.clock.now(), platform.zone
    frame = frame_of(now, terms, zone)
    today = local_date(now, zone)
    days = list(
        islice(
            list_days(opening.rule, today, max(today, opening.starts_on) + _LOOKED_AHEAD), _DATES
        )
    )
    if not days:
        return []
    span = (days[0], days[-1])
    ways = await read_ways(platform, opening.advisor, span)
    return [start for start in starts_of(opening, span, ways, frame) if start.why != "past"]
