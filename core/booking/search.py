"""Free slots: one indexed query shape on the projection, minus active appointments and live holds.

The number of queries never depends on the number of structures, sites or plugins. A start is shown once, however many
advisors are free then.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.booking.lead import EARLIEST, earliest_starts
from core.booking.when import ANY_TIME, When, narrow
from core.contracts.booking import ChannelMode
from core.errors import NotFound
from core.platform import Platform
from core.settings import AgeRule

MODES: tuple[ChannelMode, ...] = ("in_person", "video", "phone")

# An advisor's active appointments never overlap, their pauses included, so the last one to begin before a slot and its pause
# are over is the only one that can be in its way: one step into an index, however many there are.
FREE = """
    coalesce((SELECT a.busy_until FROM appointment a WHERE a.advisor = s.advisor
        AND a.status IN ('booked', 'honoured', 'no_show') AND a.starts_at < s.busy_until
        ORDER BY a.starts_at DESC LIMIT 1) <= s.starts_at, true)
    AND NOT EXISTS (SELECT FROM hold h WHERE h.advisor = s.advisor AND h.expires_at > $1
        AND h.starts_at < s.busy_until AND h.busy_until > s.starts_at)
"""
# The bound of the lead time is inclusive; the horizon counts civil days. The planner takes a bare range or &&
# for one slot in two hundred, and would read and sort all of a place; inside CASE it counts on every other slot, and
# walks the index to the first.
BOOKABLE = f"""
    st.status = 'active'
    AND s.starts_at >= {EARLIEST}
    AND CASE WHEN s.channels && $5::text[] AND s.starts_at < (($1::timestamptz AT TIME ZONE $4)::date
        + coalesce(st.horizon_days, $3::int) + 1)::timestamp AT TIME ZONE $4::text THEN true ELSE false END
    AND {FREE}
"""


class Bookable(msgspec.Struct, frozen=True, kw_only=True):
    """A structure that can be booked, with the terms in force there (its own, else the region's).

    `lead_days` is set when the lead time counts working days; the hours do not count then.
    """

    id: UUID
    slug: str
    name: str
    phone: str
    email: str
    department: str
    lead_hours: int
    lead_days: int | None
    horizon_days: int
    age_rule: AgeRule


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how: one structure, a way to meet, and the site when one comes in person. `but` is the one start that will not do:
    that of the appointment to move.
    """

    structure_id: UUID
    mode: ChannelMode
    site_id: UUID | None = None
    but: datetime | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A site where people are received."""

    id: UUID
    name: str
    address: str
    postcode: str
    city: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One free start, and where: enough to show it and to hold it."""

    structure_id: UUID
    slug: str
    structure: str
    starts_at: datetime
    mode: ChannelMode
    site_id: UUID | None = None
    site: str = ""
    city: str = ""


def channel_keys(platform: Platform, mode: ChannelMode) -> list[str]:
    """The keys of the channels of a mode, the one that bears its name first: several plugins may bring video."""
    keys = [key for key, owned in platform.board.channels.items() if owned.item.mode == mode]
    return sorted(keys, key=lambda key: key != mode)


def mode_of(platform: Platform, channel: str) -> ChannelMode:
    """The mode of a channel. One whose plugin is not loaded counts as a call: the only way left to reach someone."""
    owned = platform.board.channels.get(channel)
    return owned.item.mode if owned else "phone"


def bookable_terms(platform: Platform, channels: Sequence[str]) -> tuple[object, ...]:
    """Arguments $1 to $5 of `BOOKABLE`, for what can be booked by one of these channels."""
    return (
        platform.clock.now(),
        earliest_starts(platform),
        platform.settings.booking.horizon_days,
        platform.settings.timezone,
        list(channels),
    )


def mode_terms(platform: Platform, mode: ChannelMode) -> tuple[object, ...]:
    """Arguments $1 to $5 of `BOOKABLE`, for what can be booked in a mode."""
    return bookable_terms(platform, channel_keys(platform, mode))


async def read_bookable(
    platform: Platform, slug: str = "", *, structure_id: UUID | None = None
) -> Bookable:
    """An active structure, by slug or by id. Raises `NotFound`."""
    rules = platform.settings.booking
    found = await platform.db.struct(
        Bookable,
        """
        SELECT id, slug, name, phone, email, department, coalesce(lead_hours, $3) AS lead_hours,
            CASE WHEN lead_hours IS NULL THEN coalesce(lead_days, $5::int) END AS lead_days,
            coalesce(horizon_days, $4) AS horizon_days, coalesce(age_rule, $6) AS age_rule
        FROM structure WHERE status = 'active' AND (slug = $1 OR id = $2)
        """,
        slug,
        structure_id,
        rules.lead_hours,
        rules.horizon_days,
        rules.lead_days if rules.lead_unit == "working_days" else None,
        rules.age_rule,
    )
    if found is None:
        raise NotFound("no such active structure")
    return found


async def list_places(platform: Platform, structure_id: UUID) -> list[Place]:
    """The sites of a structure where people are received, by name."""
    return await platform.db.structs(
        Place,
        "SELECT id, name, address, postcode, city FROM site WHERE structure = $1 AND is_enabled"
        " ORDER BY name, id",
        structure_id,
    )


async def list_starts(
    platform: Platform,
    sought: Sought,
    starts_at: datetime,
    ends_at: datetime,
    when: When = ANY_TIME,
) -> list[datetime]:
    """Distinct free starts in [starts_at, ends_at), in order."""
    arguments: list[object] = [
        *mode_terms(platform, sought.mode),
        sought.structure_id,
        sought.site_id,
        starts_at,
        ends_at,
        sought.but,
    ]
    sql = f"""
        SELECT DISTINCT s.starts_at FROM slot s JOIN structure st ON st.id = s.structure
        WHERE s.structure = $6 AND ($7::uuid IS NULL OR s.site = $7)
            AND s.starts_at >= $8 AND s.starts_at < $9 AND s.starts_at IS DISTINCT FROM $10::timestamptz
            AND {BOOKABLE}{narrow(when, arguments)}
        ORDER BY s.starts_at
    """  # noqa: S608 - the pieces are ours
    rows = await platform.db.fetch(sql, *arguments)
    return [row["starts_at"] for row in rows]


async def list_staff_choices(
    platform: Platform, structure_id: UUID, mode: ChannelMode, limit: int = 60
) -> list[Choice]:
    """Free starts of a structure for those who book on someone's behalf: no lead time, no horizon."""
    sql = f"""
        SELECT DISTINCT s.starts_at, st.id AS structure_id, st.slug, st.name AS structure,
            site.id AS site_id, coalesce(site.name, '') AS site, coalesce(site.city, '') AS city, $3 AS mode
        FROM slot s JOIN structure st ON st.id = s.structure
        LEFT JOIN site ON site.id = s.site AND $3::text = 'in_person'
        WHERE st.id = $2 AND st.status = 'active' AND s.starts_at > $1 AND s.channels && $4::text[]
            AND {FREE}
        ORDER BY s.starts_at, site LIMIT $5
    """  # noqa: S608 - the pieces are ours
    now, keys = platform.clock.now(), channel_keys(platform, mode)
    return await platform.db.structs(Choice, sql, now, structure_id, mode, keys, limit)


async def next_available(
    platform: Platform, sought: Sought, after: datetime, when: When = ANY_TIME
) -> datetime | None:
    """The first free start from `after` on; None when there is none within the horizon."""
    arguments: list[object] = [
        *mode_terms(platform, sought.mode),
        sought.structure_id,
        sought.site_id,
        after,
        sought.but,
    ]
    sql = f"""
        SELECT first.starts_at FROM structure st CROSS JOIN LATERAL (
            SELECT s.starts_at FROM slot s
            WHERE s.structure = st.id AND ($7::uuid IS NULL OR s.site = $7) AND s.starts_at >= $8
                AND s.starts_at IS DISTINCT FROM $9::timestamptz AND {BOOKABLE}{narrow(when, arguments)}
            ORDER BY s.starts_at LIMIT 1
        ) first WHERE st.id = $6
    """  # noqa: S608 - the pieces are ours
    found: datetime | None = await platform.db.fetch_value(sql, *arguments)
    return found
