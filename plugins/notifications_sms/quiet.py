"""At what hour a telephone may ring: a notice due at night waits for the morning while that still makes sense."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hookspecs import Notice

LEAST_WARNING = timedelta(hours=2)
"""News read less than this before the hour comes too late to act upon: then it leaves at night."""


def morning(now: datetime, zone: ZoneInfo, starts: int, ends: int) -> datetime | None:
    """When the quiet hours in which `now` falls are over; None outside them. `starts` and `ends` are hours of the wall,
    the same for no quiet hours at all.
    """
    at = now.astimezone(zone)
    is_quiet = starts <= at.hour < ends if starts <= ends else not ends <= at.hour < starts
    if not is_quiet:
        return None
    over = at.replace(hour=ends, minute=0, second=0, microsecond=0, fold=0)
    return over if over > at else over + timedelta(days=1)


def wait_until(notice: Notice, now: datetime, starts: int, ends: int) -> datetime | None:
    """When to send a notice; None for at once. A reminder always waits: one that the morning makes useless is dropped."""
    appointment = notice.appointment
    over = morning(now, ZoneInfo(appointment.timezone), starts, ends)
    if over is None or notice.kind == "reminder_1d":
        return over
    expected = [seen.starts_at for seen in (appointment, notice.previous) if seen is not None]
    upcoming = [instant for instant in expected if instant > now]
    return over if all(instant - over >= LEAST_WARNING for instant in upcoming) else None
