"""Which advisor gets an appointment: chosen fairly, under the locks that keep two writers apart."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.clock import local
from core.platform import Platform


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The start that is asked for. `channels` are the keys that will do, `site_id` the site for an interview in person.

    `own_hold` and `own_appointment` do not stand in their own way; `preferred` is taken when free.
    """

    structure_id: UUID
    starts_at: datetime
    channels: Sequence[str]
    site_id: UUID | None = None
    own_hold: UUID | None = None
    own_appointment: UUID | None = None
    preferred: UUID | None = None


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A free advisor at that start, and how they can be met."""

    advisor: UUID
    site: UUID | None
    ends_at: datetime
    channels: tuple[str, ...]

    def channel(self, wanted: Wanted) -> str:
        """The key of the channel, among those that will do."""
        return next(key for key in wanted.channels if key in self.channels)


async def take_seat(platform: Platform, wanted: Wanted) -> Seat | None:
    """The advisor who gets it: the preferred one, else who has least that week, then by id; None when nobody is free.

    The function of the database locks every candidate until the caller's transaction ends, then looks again.
    """
    return await platform.db.struct(
        Seat,
        "SELECT * FROM take_seat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        platform.clock.now(),
        wanted.structure_id,
        wanted.starts_at,
        list(wanted.channels),
        wanted.site_id,
        wanted.own_hold,
        wanted.own_appointment,
        wanted.preferred,
        *week_around(wanted.starts_at, platform.zone),
    )


def week_around(instant: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The Monday before an instant and the one after it, at midnight on the wall."""
    at = local(instant, zone)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=at.weekday())
    return monday, monday + timedelta(days=7)
