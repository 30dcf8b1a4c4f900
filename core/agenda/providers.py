"""The core's own slot provider (openings) and busy source (absences): rules on the wall become instants."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.agenda.holidays import holiday_name, is_pentecost_monday
from core.agenda.recurrence import Repeat, Rule, instant, list_days
from core.agenda.terms import read_terms
from core.clock import local_date
from core.contracts.agenda import BusyAnswer, BusyTime, OpenTime, SlotQuery
from core.contracts.context import PluginContext
from core.platform import platform_behind

OPENINGS = "core:openings"
SELECT_OPENINGS = """
SELECT opening.*, replaced.opening AS series, replaced.day AS series_day,
    ARRAY(SELECT day FROM opening_exception e WHERE e.opening = opening.id ORDER BY day) AS without
FROM opening LEFT JOIN opening_exception replaced ON replaced.instead = opening.id
"""


class OpeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """An opening as it is stored: a rule on the wall clock of the platform's zone.

    `without` are the days that it leaves out; `series` the opening in whose place it is held, and `series_day` the
    day of that one which it replaces. `slot_minutes` is None where slots last as long as the structure's.
    """

    id: UUID
    advisor: UUID
    structure: UUID
    site: UUID | None
    channels: tuple[str, ...]
    repeat: Repeat
    every: int
    starts_on: date
    ends_on: date | None
    start_time: time
    end_time: time
    slot_minutes: int | None
    without: tuple[date, ...] = ()
    series: UUID | None = None
    series_day: date | None = None

    @property
    def rule(self) -> Rule:
        """The days on which it falls."""
        return Rule(
            repeat=self.repeat,
            every=self.every,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            without=frozenset(self.without),
        )


class AbsenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An absence as it is stored. `until` is the last day of a recurrence, inclusive; `shared` links the rows of one
    entry that was made for several advisors.
    """

    id: UUID
    advisor: UUID
    label: str
    repeat: Repeat
    every: int
    starts_on: date
    start_time: time
    ends_on: date
    end_time: time
    until: date | None
    shared: UUID | None = None

    @property
    def rule(self) -> Rule:
        """The days on which it begins."""
        return Rule(
            repeat=self.repeat, every=self.every, starts_on=self.starts_on, ends_on=self.until
        )


def is_closed_holiday(day: date, on_holidays: bool, on_pentecost: bool | None = None) -> bool:
    """Whether a day is a public holiday on which one is not open; `on_pentecost` says it of Pentecost Monday, None: as of the others."""
    apart = on_pentecost is not None and is_pentecost_monday(day)
    return bool(holiday_name(day)) and not (on_pentecost if apart else on_holidays)


def open_times(
    opening: OpeningRow,
    first: date,
    last: date,
    zone: ZoneInfo,
    *,
    on_holidays: bool,
    on_pentecost: bool | None = None,
) -> Iterator[OpenTime]:
    """The stretches that an opening gives from `first` to `last`, both included, public holidays left out if asked."""
    for day in list_days(opening.rule, first, last):
        if is_closed_holiday(day, on_holidays, on_pentecost):
            continue
        yield OpenTime(
            advisor_id=opening.advisor,
            starts_at=instant(day, opening.start_time, zone),
            ends_at=instant(day, opening.end_time, zone),
            channels=opening.channels,
            site_id=opening.site,
            source=str(opening.id),
            slot_minutes=opening.slot_minutes,
        )


def busy_times(absence: AbsenceRow, first: date, last: date, zone: ZoneInfo) -> Iterator[BusyTime]:
    """The stretches of an absence that touch the days from `first` to `last`."""
    lasting = absence.ends_on - absence.starts_on
    for day in list_days(absence.rule, first - lasting, last):
        yield BusyTime(
            advisor_id=absence.advisor,
            starts_at=instant(day, absence.start_time, zone),
            ends_at=instant(day + lasting, absence.end_time, zone),
            label=absence.label,
        )


def _days(query: SlotQuery, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that the query touches."""
    last = local_date(query.ends_at - timedelta(microseconds=1), zone)
    return local_date(query.starts_at, zone), last


class OpeningProvider:
    """Openings that advisors enter here."""

    key = OPENINGS
    label = "Plages d’ouverture"

    async def list_open(self, context: PluginContext, query: SlotQuery) -> Sequence[OpenTime]:
        """Open time of the asked advisors, without public holidays unless the structure opens on them."""
        assert context.structure is not None
        platform = platform_behind(context)
        first, last = _days(query, platform.zone)
        openings = await platform.db.structs(
            OpeningRow,
            f"{SELECT_OPENINGS} WHERE structure = $1 AND advisor = ANY($2::uuid[])",
            context.structure.id,
            list(query.advisor_ids),
        )
        terms = (await read_terms(platform, [context.structure.id]))[context.structure.id]
        return [
            stretch
            for opening in openings
            for stretch in open_times(
                opening,
                first,
                last,
                platform.zone,
                on_holidays=terms.open_on_holidays,
                on_pentecost=terms.open_on_pentecost,
            )
        ]


class AbsenceSource:
    """Absences that advisors enter here."""

    key = "core:absences"
    label = "Absences"

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the asked advisors."""
        zone = platform_behind(context).zone
        first, last = _days(query, zone)
        absences = await context.services.database.structs(
            AbsenceRow,
            "SELECT * FROM absence WHERE advisor = ANY($1::uuid[])",
            list(query.advisor_ids),
        )
        return BusyAnswer(
            busy=[busy for absence in absences for busy in busy_times(absence, first, last, zone)]
        )
