"""Serving those who wait: a slot that appears is kept for the first whom it suits, and they are told.

Run by one worker every few seconds; run again, it does nothing twice. Whoever does not answer in time leaves the slot to
the next.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog

from core.booking.holds import SlotTaken, keep_for, take_hold
from core.booking.lead import earliest_starts
from core.booking.search import BOOKABLE, MODES, Sought, channel_keys, mode_of
from core.clock import local
from core.contracts.booking import PersonRef, SiteRef
from core.contracts.context import StructureRef
from core.contracts.notices import Delivery
from core.contracts.offers import OfferCarrier, SlotOffer
from core.demand.links import demand_path, hold_token
from core.demand.rules import Match, Seat, Wish, assign
from core.demand.service import LIFE
from core.errors import NotFound
from core.extension.board import Owned
from core.extension.state import Snapshot
from core.platform import Platform

KEPT = timedelta(minutes=30)
MOST_OFFERS = 5
"""Told so many times without an answer, a demand is closed."""
AWAKE = range(8, 21)
"""Local hours at which a slot is offered: half an hour to answer is nothing at night."""
_BATCH = 20
_SEND_SECONDS = 30.0
log = structlog.get_logger("somobilite.demand")


async def serve(platform: Platform) -> None:
    """Closes what is settled, offers what is free, tells who was not told yet."""
    await settle(platform)
    if local(platform.clock.now(), platform.zone).hour in AWAKE:
        snapshot = await platform.plugins.current()
        wishes = await _waiting(platform)
        seats = await _seats(platform, snapshot, wishes) if wishes else []
        for match in assign(wishes, seats, platform.zone):
            try:
                await _keep(platform, match)
            except (SlotTaken, NotFound):
                log.info("slot gone before it was offered", demand=str(match.wish.id))
    await _tell(platform)


async def settle(platform: Platform) -> None:
    """Closes the demands of those who booked, who never answered, or who waited too long; lets go of their slots."""
    now = platform.clock.now()
    async with platform.db.atomic():
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
                    WHEN (SELECT count(*) FROM demand_offer o WHERE o.demand = w.id AND o.state IN ('sent', 'kept')
                        AND o.expires_at <= $1) >= $3 THEN 'unanswered'
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
            " JOIN demand d ON d.id = o.demand WHERE d.state <> 'waiting')",
            now,
        )


_LIVE = "SELECT FROM demand_offer o JOIN hold h ON h.id = o.hold WHERE o.demand = d.id AND h.expires_at > $1"


async def _waiting(platform: Platform) -> list[Wish]:
    """The demands for which nothing is kept now, in order of arrival."""
    rows = await platform.db.fetch(
        f"""
        SELECT d.id, d.modes, d.reach, d.department, c.lat, c.lon, d.site, d.weekdays, d.parts,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(o.structure, o.starts_at)), '[]') FROM demand_offer o
                WHERE o.demand = d.id) AS offered
        FROM demand d JOIN commune c ON c.insee = d.commune
        WHERE d.state = 'waiting' AND NOT EXISTS ({_LIVE})
        ORDER BY d.arrived_at, d.id
        """,  # noqa: S608 - a constant of ours
        platform.clock.now(),
    )
    return [msgspec.convert(dict(row), Wish, strict=False) for row in rows]


async def _seats(platform: Platform, snapshot: Snapshot, wishes: list[Wish]) -> list[Seat]:
    """What is free in a way that someone waits for, where they can be told."""
    told_in = {
        structure_id
        for structure_id in snapshot.structures
        if any(snapshot.is_on(owned.plugin_id, structure_id) for owned in _carriers(platform))
    }
    wanted = [mode for mode in MODES if any(mode in wish.modes for wish in wishes)]
    rows = await platform.db.fetch(
        f"""
        SELECT s.advisor, s.structure, s.starts_at, s.busy_until, s.channels,
            CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'department', i.department,
                'lat', i.lat, 'lon', i.lon) END AS spot
        FROM slot s JOIN structure st ON st.id = s.structure
        LEFT JOIN site i ON i.id = s.site AND i.is_enabled
        WHERE s.structure = ANY($6::uuid[]) AND {BOOKABLE}
        ORDER BY s.starts_at
        """,  # noqa: S608 - the pieces are ours
        platform.clock.now(),
        earliest_starts(platform),
        platform.settings.booking.horizon_days,
        platform.settings.timezone,
        [key for mode in wanted for key in channel_keys(platform, mode)],
        list(told_in),
    )
    return [_seat(platform, dict(row)) for row in rows]


def _seat(platform: Platform, row: dict[str, Any]) -> Seat:
    modes = {mode_of(platform, channel) for channel in row.pop("channels")}
    return msgspec.convert({**row, "modes": list(modes)}, Seat, strict=False)


async def _keep(platform: Platform, match: Match) -> None:
    """Keeps a slot for a demand, unless the demand was closed or served meanwhile. Raises `SlotTaken`, `NotFound`."""
    wish, seat, now = match.wish, match.seat, platform.clock.now()
    sought = Sought(
        structure_id=seat.structure,
        mode=match.mode,
        site_id=seat.spot.id if seat.spot and match.mode == "in_person" else None,
    )
    async with platform.db.atomic():
        person = await platform.db.fetch_one(
            f"""
            SELECT d.name, d.email, d.phone, d.birth_date, c.name AS commune, c.insee AS commune_insee
            FROM demand d JOIN commune c ON c.insee = d.commune
            WHERE d.id = $2 AND d.state = 'waiting' AND NOT EXISTS ({_LIVE}) FOR UPDATE OF d
            """,  # noqa: S608 - a constant of ours
            now,
            wish.id,
        )
        if person is None:
            return
        offer_id = uuid4()
        token = await take_hold(
            platform, sought, seat.starts_at, token=hold_token(platform, offer_id)
        )
        hold_id = await keep_for(platform, token, now + KEPT, dict(person))
        await platform.db.execute(
            "INSERT INTO demand_offer (id, demand, hold, structure, starts_at, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            offer_id,
            wish.id,
            hold_id,
            seat.structure,
            seat.starts_at,
            now,
            now + KEPT,
        )


class _Untold(msgspec.Struct, frozen=True, kw_only=True):
    """An offer whose person does not know of it yet."""

    id: UUID
    demand: UUID
    channel: str
    starts_at: datetime
    expires_at: datetime
    youth: PersonRef
    structure: StructureRef
    site: SiteRef | None
    locale: str


async def _tell(platform: Platform) -> None:
    """Tells a batch, side by side; one that fails is tried again at the next round, as long as the slot is kept."""
    untold = await platform.db.structs(
        _Untold,
        """
        SELECT o.id, o.demand, h.channel, h.starts_at, h.expires_at, d.locale,
            jsonb_build_object('name', d.name, 'email', d.email, 'phone', d.phone) AS youth,
            jsonb_build_object('id', s.id, 'name', s.name, 'slug', s.slug, 'department', s.department,
                'phone', s.phone, 'email', s.email) AS structure,
            CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'name', i.name, 'address', i.address,
                'postcode', i.postcode, 'city', i.city, 'directions', i.directions) END AS site
        FROM demand_offer o JOIN demand d ON d.id = o.demand JOIN hold h ON h.id = o.hold
        JOIN structure s ON s.id = o.structure LEFT JOIN site i ON i.id = h.site
        WHERE o.state = 'due' AND h.expires_at > $1 AND d.state = 'waiting' ORDER BY o.created_at, o.id LIMIT $2
        """,
        platform.clock.now(),
        _BATCH,
    )
    snapshot = await platform.plugins.current()
    await asyncio.gather(*(_send(platform, snapshot, item) for item in untold))


async def _send(platform: Platform, snapshot: Snapshot, item: _Untold) -> None:
    """By the first carrier that is on there. A refusal lets the slot go to the next in line."""
    owned = next(
        (o for o in _carriers(platform) if snapshot.is_on(o.plugin_id, item.structure.id)), None
    )
    if owned is None:
        return
    offer = _offer(platform, item)
    context = platform.context(owned.plugin_id, snapshot, item.structure.id, locale=item.locale)
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "offer_carrier",
        partial(owned.item.send_offer, context, offer),
        Delivery,
        timeout_seconds=_SEND_SECONDS,
    )
    delivery: Delivery | None = outcome.value
    if delivery is None or delivery.outcome == "later":
        log.warning("offer not told", offer=str(item.id), problem=outcome.problem)
        return
    async with platform.db.atomic():
        await platform.db.execute(
            "UPDATE demand_offer SET state = $2, carrier = $3, recipient = $4, detail = $5 WHERE id = $1",
            item.id,
            delivery.outcome,
            owned.item.key,
            delivery.recipient,
            delivery.detail[:500],
        )
        if delivery.outcome == "refused":
            await platform.db.execute(
                "UPDATE hold SET expires_at = $2 WHERE id = (SELECT hold FROM demand_offer WHERE id = $1)",
                item.id,
                platform.clock.now(),
            )


def _offer(platform: Platform, item: _Untold) -> SlotOffer:
    url = platform.settings.public_url
    channel = platform.board.channels.get(item.channel)
    return SlotOffer(
        key=f"{item.id}.demand_offer",
        youth=item.youth,
        structure=item.structure,
        site=item.site,
        mode=mode_of(platform, item.channel),
        channel_label=channel.item.label if channel else item.channel,
        starts_at=item.starts_at,
        expires_at=item.expires_at,
        book_url=f"{url}/reserver/{hold_token(platform, item.id)}",
        manage_url=url + demand_path(platform, item.demand),
    )


def _carriers(platform: Platform) -> tuple[Owned[OfferCarrier], ...]:
    return platform.board.offer_carriers
