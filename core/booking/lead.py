"""The lead time: how soon one may book. So many elapsed hours, or from midnight of the n-th working day after today.

With two working days, one books on a Friday for Tuesday at the earliest, at whatever hour it is on Friday; the hours of a
weekend or of a public holiday give nobody time to prepare.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.agenda.holidays import is_working_day
from core.agenda.recurrence import instant
from core.clock import PARIS, local_date
from core.platform import Platform
from core.settings import MOST_LEAD_DAYS

_DAY = timedelta(days=1)

EARLIEST = """coalesce(($2::timestamptz[])[1 + st.lead_days], $1::timestamptz + make_interval(hours => st.lead_hours),
    ($2::timestamptz[])[1])"""
"""The first instant at which the structure `st` may be booked; $1 is now, $2 what `earliest_starts` gives."""


def earliest_start(
    now: datetime, hours: int, days: int | None = None, zone: ZoneInfo = PARIS
) -> datetime:
    """The first instant that is far enough: `hours` from now, or on the `days`-th working day when they are given."""
    if days is None:
        return now.astimezone(UTC) + timedelta(
            hours=hours
        )  # elapsed: not on a wall whose clock changes
    return _working_days(local_date(now, zone), zone)[days - 1]


def earliest_starts(platform: Platform) -> list[datetime]:
    """The first instant on the region's terms, then the beginning of each working day to come: what a search starts from."""
    now, zone, region = platform.clock.now(), platform.zone, platform.settings.booking
    days = region.lead_days if region.lead_unit == "working_days" else None
    return [
        earliest_start(now, region.lead_hours, days, zone),
        *_working_days(local_date(now, zone), zone),
    ]


@lru_cache(maxsize=16)
def _working_days(today: date, zone: ZoneInfo) -> Sequence[datetime]:
    """When each of the working days after today begins."""
    days: list[datetime] = []
    day = today
    while len(days) < MOST_LEAD_DAYS:
        day += _DAY
        if is_working_day(day):
            days.append(instant(day, time.min, zone))
    return days
