"""Which advisor gets an appointment: chosen fairly, under the locks that keep two writers apart."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.clock import local
from core.platform import Platform
from core.storage.locks import lock_advisor


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


_SEATS = """
    SELECT s.advisor, s.site, s.ends_at, s.channels FROM slot s
    WHERE s.structure = $2 AND s.starts_at = $3 AND s.starts_at > $1 AND s.channels && $4::text[]
        AND ($5::uuid IS NULL OR s.site = $5)
        AND NOT EXISTS (SELECT FROM appointment a WHERE a.advisor = s.advisor
            AND a.status IN ('booked', 'honoured', 'no_show') AND a.id IS DISTINCT FROM $7
            AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at))
        AND NOT EXISTS (SELECT FROM hold h WHERE h.advisor = s.advisor AND h.expires_at > $1
            AND h.id IS DISTINCT FROM $6 AND h.starts_at < s.ends_at AND h.ends_at > s.starts_at)
    ORDER BY s.advisor IS NOT DISTINCT FROM $8 DESC,
        (SELECT count(*) FROM appointment a WHERE a.advisor = s.advisor
            AND a.status IN ('booked', 'honoured', 'no_show')
            AND a.starts_at >= $9 AND a.starts_at < $10), s.advisor
"""


async def take_seat(platform: Platform, wanted: Wanted) -> Seat | None:
    """The advisor who gets it: the preferred one, else who has least that week, then by id; None when nobody is free.

    Locks every candidate until the caller's transaction ends, in the order of their ids, so that two writers
    cannot wait for each other; looks again once the locks are held.
    """
    locked = sorted(seat.advisor for seat in await _seats(platform, wanted))
    for advisor in locked:
        await lock_advisor(platform.db, advisor)
    free = await _seats(platform, wanted) if locked else []
    return next((seat for seat in free if seat.advisor in locked), None)


async def _seats(platform: Platform, wanted: Wanted) -> list[Seat]:
    at = local(wanted.starts_at, platform.zone)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=at.weekday())
    return await platform.db.structs(
        Seat,
        _SEATS,
        platform.clock.now(),
        wanted.structure_id,
        wanted.starts_at,
        list(wanted.channels),
        wanted.site_id,
        wanted.own_hold,
        wanted.own_appointment,
        wanted.preferred,
        monday,
        monday + timedelta(days=7),
    )
