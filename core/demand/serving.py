"""Serving those who wait: a slot that appears is kept for the first whom it suits, and the carriers are told to tell them.

Who has no appointment comes first, then who wishes for an earlier one. Run by one worker every few seconds; run again, it does
nothing twice. Whoever does not answer in time leaves the slot to the next.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog

from core.booking.holds import SlotTaken, keep_for, take_hold
from core.booking.search import BOOKABLE, MODES, Sought, bookable_terms, channel_keys, mode_of
from core.demand import earlier
from core.demand.links import hold_token
from core.demand.rules import Match, Seat, Wish, assign
from core.demand.service import LIFE
from core.errors import NotFound
from core.extension.state import Snapshot
from core.notices.ledger import Expected, expect
from core.notices.quiet import quiet_hours, quiet_until
from core.platform import Platform

KEPT = timedelta(minutes=30)
MOST_OFFERS = 5
"""Told so many times without an answer, a demand is closed."""
MOST_IN_VAIN = 3
"""So many slots a day are kept for who cannot be told (a box that refuses): each keeps it from the others for a moment."""
_FAR = datetime.max.replace(tzinfo=UTC)
log = structlog.get_logger("somobilite.demand")


async def serve(platform: Platform) -> None:
    """Closes what is settled and offers what is free; not at night, when half an hour to answer is nothing."""
    await settle(platform)
    if quiet_until(platform.clock.now(), quiet_hours(platform.settings)) is not None:
        return
    snapshot = await platform.plugins.current()
    wishes = [*await _waiting(platform), *await earlier.list_wishes(platform)]
    seats = await _seats(platform, snapshot, wishes) if wishes else []
    for match in assign(wishes, seats, platform.zone):
        try:
            await _keep(platform, snapshot, match)
        except (SlotTaken, NotFound):
            log.info("slot gone before it was offered", wish=str(match.wish.id))


async def settle(platform: Platform) -> None:
    """Closes the demands of those who booked, who never answered, or who waited too long, and the wishes that have served; lets
    go of their slots.
    """
    now = platform.clock.now()
    async with platform.db.atomic():
        await earlier.settle(platform)
        await platform.db.execute(
            """
            UPDATE demand d SET closed_at = $1, state = found.state
            FROM (
                SELECT id, CASE
                    WHEN EXISTS (SELECT FROM appointment a JOIN demand_offer o ON o.hold = a.hold WHERE o.demand = w.id)
                        OR EXISTS (SELECT FROM appointment a JOIN youth y ON y.id = a.youth
                            WHERE lower(y.email) = lower(w.email) AND y.birth_date = w.birth_date
                                AND fold(y.name) = fold(w.name) AND a.status = 'booked' AND a.starts_at > $1)
                        THEN 'booked'
                    WHEN (SELECT count(*) FROM demand_offer o WHERE o.demand = w.id AND o.expires_at <= $1
                        AND EXISTS (SELECT FROM receipt r WHERE r.offer = o.id AND r.state IN ('sent', 'kept'))) >= $3
                        THEN 'unanswered'
                    WHEN w.created_at <= $1 - $2::interval THEN 'lapsed'
                    END AS state
                FROM demand w WHERE w.state = 'waiting'
            ) found
            WHERE d.id = found.id AND d.state = 'waiting' AND found.state IS NOT NULL
            """,
            now,
            LIFE,
            MOST_OFFERS,
        )
        await platform.db.execute(
            "UPDATE hold SET expires_at = $1 WHERE expires_at > $1 AND id IN (SELECT o.hold FROM demand_offer o"
            " LEFT JOIN demand d ON d.id = o.demand LEFT JOIN earlier_wish w ON w.appointment = o.appointment"
            " WHERE 'waiting' NOT IN (coalesce(d.state, ''), coalesce(w.state, '')))",
            now,
        )


_LIVE = "SELECT FROM demand_offer o JOIN hold h ON h.id = o.hold WHERE o.demand = d.id AND h.expires_at > $1"


async def _waiting(platform: Platform) -> list[Wish]:
    """The demands for which nothing is kept now, in order of arrival; not those whom nobody could tell lately."""
    rows = await platform.db.fetch(
        f"""
        SELECT d.id, d.modes, d.reach, d.department, c.lat, c.lon, d.site, d.weekdays, d.parts,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(o.structure, o.starts_at)), '[]') FROM demand_offer o
                WHERE o.demand = d.id) AS offered
        FROM demand d JOIN commune c ON c.insee = d.commune
        WHERE d.state = 'waiting' AND NOT EXISTS ({_LIVE})
            AND (SELECT count(*) FROM demand_offer o WHERE o.demand = d.id
                AND o.created_at > $1::timestamptz - interval '1 day' AND NOT EXISTS (SELECT FROM receipt r
                    WHERE r.offer = o.id AND r.state IN ('due', 'sent', 'kept'))) < $2
        ORDER BY d.arrived_at, d.id
        """,  # noqa: S608 - a constant of ours
        platform.clock.now(),
        MOST_IN_VAIN,
    )
    return [msgspec.convert(dict(row), Wish, strict=False) for row in rows]


async def _seats(platform: Platform, snapshot: Snapshot, wishes: list[Wish]) -> list[Seat]:
    """What is free in a way that someone waits for, where they can be told, and soon enough for one of them."""
    told_in = [one for one in snapshot.structures if _carriers(platform, snapshot, one)]
    until = max(wish.earlier_than or _FAR for wish in wishes)
    wanted = [mode for mode in MODES if any(mode in wish.modes for wish in wishes)]
    rows = await platform.db.fetch(
        f"""
        SELECT s.advisor, s.structure, s.starts_at, s.busy_until, s.channels,
            CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'department', i.department,
                'lat', i.lat, 'lon', i.lon) END AS spot
        FROM slot s JOIN structure st ON st.id = s.structure
        LEFT JOIN site i ON i.id = s.site AND i.is_enabled
        WHERE s.structure = ANY($6::uuid[]) AND s.starts_at < $7 AND {BOOKABLE}
        ORDER BY s.starts_at
        """,  # noqa: S608 - the pieces are ours
        *bookable_terms(platform, [key for mode in wanted for key in channel_keys(platform, mode)]),
        told_in,
        until,
    )
    return [_seat(platform, dict(row)) for row in rows]


def _seat(platform: Platform, row: dict[str, Any]) -> Seat:
    modes = {mode_of(platform, channel) for channel in row.pop("channels")}
    return msgspec.convert({**row, "modes": list(modes)}, Seat, strict=False)


async def _keep(platform: Platform, snapshot: Snapshot, match: Match) -> None:
    """Keeps a slot for who waits, unless that was closed or served meanwhile; every carrier that is on there will tell them.

    Raises `SlotTaken`, `NotFound`.
    """
    wish, seat, now = match.wish, match.seat, platform.clock.now()
    sought = Sought(
        structure_id=seat.structure,
        mode=match.mode,
        site_id=seat.spot.id if seat.spot and match.mode == "in_person" else None,
    )
    async with platform.db.atomic():
        answers = await _still_waits(platform, wish)
        if answers is None:
            return
        offer_id = uuid4()
        token = await take_hold(
            platform,
            sought,
            seat.starts_at,
            token=hold_token(platform, offer_id),
            only=wish.advisor,
        )
        hold_id = await keep_for(platform, token, now + KEPT, answers)
        is_demand = wish.earlier_than is None
        await platform.db.execute(
            "INSERT INTO demand_offer (id, demand, appointment, hold, structure, starts_at, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            offer_id,
            wish.id if is_demand else None,
            None if is_demand else wish.id,
            hold_id,
            seat.structure,
            seat.starts_at,
            now,
            now + KEPT,
        )
        kind = "demand_offer" if is_demand else "earlier_offer"
        carriers = _carriers(platform, snapshot, seat.structure)
        await expect(
            platform,
            [
                Expected(kind=kind, audience="youth", carrier=carrier, offer=offer_id)
                for carrier in carriers
            ],
        )


async def _still_waits(platform: Platform, wish: Wish) -> dict[str, Any] | None:
    """Locks a demand or a wish, then sees whether it still waits; returns what the booking form may begin with, or None."""
    now = platform.clock.now()
    if wish.earlier_than is not None:
        return {} if await earlier.lock_waiting(platform, wish.id) else None
    await platform.db.fetch_one("SELECT FROM demand WHERE id = $1 FOR UPDATE", wish.id)
    row = await platform.db.fetch_one(
        f"""
        SELECT d.name, d.email, d.phone, d.birth_date, c.name AS commune, c.insee AS commune_insee
        FROM demand d JOIN commune c ON c.insee = d.commune
        WHERE d.id = $2 AND d.state = 'waiting' AND NOT EXISTS ({_LIVE})
        """,  # noqa: S608 - a constant of ours
        now,
        wish.id,
    )
    return None if row is None else dict(row)


def _carriers(platform: Platform, snapshot: Snapshot, structure_id: UUID) -> list[str]:
    """Who can tell that a slot is kept there."""
    return [
        owned.item.key
        for owned in platform.board.offer_carriers
        if snapshot.is_on(owned.plugin_id, structure_id)
    ]
