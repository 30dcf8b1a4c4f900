"""A month as six weeks or fewer: counts, with a way to each day."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.absences import list_absences
from core.agenda.desk import Desk
from core.agenda.holidays import holiday_name
from core.agenda.providers import busy_times
from core.agenda.recurrence import instant
from core.agenda.views import list_days, monday_of
from core.booking.search import FREE
from core.clock import local_date
from core.platform import Platform
from core.web.i18n import _

_DAY = timedelta(days=1)


class MonthDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day: how many appointments (of which still to be filled in), how many free slots, why one is away."""

    day: date
    in_month: bool
    holiday: str
    appointments: int = 0
    to_fill_in: int = 0
    free: int = 0
    absences: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.appointments or self.free or self.absences or self.holiday)


async def read_month(
    platform: Platform, user: CurrentUser, desk: Desk, first: date
) -> Sequence[Sequence[MonthDay]]:
    """The weeks, from Monday to Sunday, that hold the month that begins on `first`."""
    start = monday_of(first)
    after = (first + 31 * _DAY).replace(day=1)
    count = (monday_of(after - _DAY) - start).days + 7
    lines = await list_days(platform, user, desk, start, count)
    free = await _count_free(platform, desk, start, count)
    away = await _list_away(platform, desk, start, count)
    days = [
        MonthDay(
            day=day,
            in_month=day.month == first.month,
            holiday=holiday_name(day),
            appointments=sum(line.state != "cancelled" for line in lines[day]),
            to_fill_in=sum(line.state == "to_fill_in" for line in lines[day]),
            free=free.get(day, 0),
            absences=tuple(away.get(day, ())),
        )
        for day in (start + number * _DAY for number in range(count))
    ]
    return [days[number : number + 7] for number in range(0, count, 7)]


async def _count_free(platform: Platform, desk: Desk, start: date, count: int) -> dict[date, int]:
    """Free starts by day; a start that two structures offer is one."""
    rows = await platform.db.fetch(
        f"""
        SELECT (s.starts_at AT TIME ZONE $5::text)::date AS day, count(DISTINCT s.starts_at) AS free FROM slot s
        WHERE s.advisor = $2 AND s.starts_at >= greatest($3::timestamptz, $1) AND s.starts_at < $4 AND {FREE} GROUP BY 1
        """,  # noqa: S608 - a constant of ours
        platform.clock.now(),
        desk.advisor_id,
        instant(start, time.min, platform.zone),
        instant(start + count * _DAY, time.min, platform.zone),
        platform.settings.timezone,
    )
    return {row["day"]: row["free"] for row in rows}


async def _list_away(
    platform: Platform, desk: Desk, start: date, count: int
) -> dict[date, list[str]]:
    """The labels of the absences of each day, each once."""
    zone, last = platform.zone, start + (count - 1) * _DAY
    found: dict[date, list[str]] = {}
    for absence in await list_absences(platform, desk.advisor_id, since=start):
        for away in busy_times(absence, start, last, zone):
            day = max(local_date(away.starts_at, zone), start)
            while day <= last and instant(day, time.min, zone) < away.ends_at:
                label = absence.label or _("Absence")
                if label not in found.setdefault(day, []):
                    found[day].append(label)
                day += _DAY
    return found
