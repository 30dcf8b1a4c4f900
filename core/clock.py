"""Time, in one place, so that a test can hold it still. Every instant is aware; the wall is Europe/Paris."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock for tests: stands still until told otherwise."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant that was set last."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Moves the clock to `instant` (aware)."""
        self._instant = instant.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        """Moves the clock forward by `delta`."""
        self._instant += delta


def local(instant: datetime, zone: ZoneInfo = PARIS) -> datetime:
    """The same instant as read on a wall of `zone`."""
    return instant.astimezone(zone)


def local_date(instant: datetime, zone: ZoneInfo = PARIS) -> date:
    """The calendar day of `instant` in `zone`."""
    return instant.astimezone(zone).date()
