"""Which advisor gets an appointment: chosen fairly, under the locks that keep two writers apart."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.clock import local
from core.platform import Platform
from core.storage.locks import lock_advisor


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The start that is asked for. `channels` are the keys that will do, `site_id` the site for an interview in person.

    `own_hold` and `own_appointment` do not stand in their own way; `preferred` is taken when free. `only` leaves out
    everyone else, `without` that advisor.
    """

    structure_id: UUID
    starts_at: datetime
    channels: Sequence[str]
    site_id: UUID | None = None
    own_hold: UUID | None = None
    own_appointment: UUID | None = None
    preferred: UUID | None = None
    only: UUID | None = None
    without: UUID | None = None

    def suits(self, advisor_id: UUID) -> bool:
        """Whether this advisor is among those who may have it."""
        return advisor_id != self.without and self.only in (None, advisor_id)


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
    if wanted.only is not None or wanted.without is not None:
        return await _take_among(platform, wanted)
    return await platform.db.struct(
        Seat,
        "SELECT * FROM take_seat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        *_free(platform, wanted),
        wanted.preferred,
        *week_around(wanted.starts_at, platform.zone),
    )


async def _take_among(platform: Platform, wanted: Wanted) -> Seat | None:
    """The same for a part of the advisors, so that nobody else is kept waiting."""
    locked = sorted(seat.advisor for seat in await list_seats(platform, wanted))
    for advisor in locked:
        await lock_advisor(platform.db, advisor)
    free = await list_seats(platform, wanted) if locked else []
    return next((seat for seat in free if seat.advisor in locked), None)


async def list_seats(platform: Platform, wanted: Wanted) -> list[Seat]:
    """Every free advisor at that start, the one who would get it first; nothing is kept for anyone."""
    found = await platform.db.structs(
        Seat,
        "SELECT * FROM free_seats($1, $2, $3, $4, $5, $6, $7) f ORDER BY f.advisor IS NOT DISTINCT FROM $8 DESC,"
        " (SELECT count(*) FROM appointment a WHERE a.advisor = f.advisor"
        "  AND a.status IN ('booked', 'honoured', 'no_show') AND a.starts_at >= $9 AND a.starts_at < $10), f.advisor",
        *_free(platform, wanted),
        wanted.preferred,
        *week_around(wanted.starts_at, platform.zone),
    )
    return [seat for seat in found if wanted.suits(seat.advisor)]


def _free(platform: Platform, wanted: Wanted) -> tuple[object, ...]:
    """The arguments of the database's `free_seats`."""
    return (
        platform.clock.now(),
        wanted.structure_id,
        wanted.starts_at,
        list(wanted.channels),
        wanted.site_id,
        wanted.own_hold,
        wanted.own_appointment,
    )


def week_around(instant: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The Monday before an instant and the one after it, at midnight on the wall."""
    at = local(instant, zone)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=at.weekday())
    return monday, monday + timedelta(days=7)
