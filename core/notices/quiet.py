"""The hours at which nobody is disturbed: pure, read on the region's wall, right on either side of a clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from core.settings import Settings


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """Each night from the hour `starts` to the hour `ends`, on the wall of `timezone`; one hour for both means never."""

    starts: int = 21
    ends: int = 8
    timezone: str = "Europe/Paris"


def quiet_hours(settings: Settings) -> Quiet:
    """Those of the region."""
    rules = settings.notices
    return Quiet(starts=rules.quiet_from, ends=rules.quiet_until, timezone=settings.timezone)


def quiet_until(now: datetime, quiet: Quiet) -> datetime | None:
    """When the quiet hours in which `now` falls are over, in UTC; None outside them."""
    at = now.astimezone(ZoneInfo(quiet.timezone))
    starts, ends = quiet.starts, quiet.ends
    is_quiet = starts <= at.hour < ends if starts <= ends else not ends <= at.hour < starts
    if not is_quiet:
        return None
    over = at.replace(hour=ends, minute=0, second=0, microsecond=0, fold=0)
    if over <= at:
        over += timedelta(days=1)
    return over.astimezone(UTC)
