"""« Prévenez-moi si une place se libère plus tôt »: who has an appointment keeps it, and is told of an earlier slot that suits.

Served by `serving.py` after every demand: who has nothing yet comes first. It ends with the appointment, with another start, with
a word of the youth, or after so many alerts.
"""

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.booking.holds import read_hold
from core.booking.kept import move_to_hold
from core.booking.lead import earliest_start
from core.booking.records import lock_record
from core.booking.search import mode_of, read_bookable
from core.contracts.booking import AppointmentView
from core.contracts.offers import SlotOffer
from core.demand.links import hold_token
from core.demand.offers import read_offer
from core.demand.rules import Wish
from core.errors import NotFound, Refused
from core.platform import Platform
from core.web.i18n import _

MOST_ALERTS = 3
"""For one appointment, whatever came of them."""
LEAST_GAP = timedelta(hours=24)
"""Between two alerts."""

EarlierReach = Literal["structure", "advisor", "near"]
"""Where: with the same structure, only with the same advisor, or also in a place nearby (from afar: with any structure)."""


class EarlierWish(msgspec.Struct, frozen=True, kw_only=True):
    """A wish as its youth sees it; `offer` is the slot that is kept right now, `offer_id` its id."""

    reach: EarlierReach
    state: Literal["waiting", "moved", "over", "stopped", "told"]
    alerts: int
    offer_id: UUID | None = None
    offer: SlotOffer | None = None


async def ask(platform: Platform, appointment_id: UUID, reach: EarlierReach) -> None:
    """Starts, or goes on otherwise; what was kept meanwhile stays kept.

    Raises `Refused` for an appointment that is not to come, or when enough was told already; `NotFound`.
    """
    now = platform.clock.now()
    async with platform.db.atomic():
        record = await lock_record(platform, appointment_id)
        if record.status != "booked" or record.starts_at <= now:
            raise Refused(_("Ce rendez-vous n’est plus à venir : il n’y a plus rien à guetter."))
        if await _alerts(platform, appointment_id) >= MOST_ALERTS:
            raise Refused(
                _(
                    "Nous vous avons déjà proposé %(num)d places pour ce rendez-vous. Vous pouvez le déplacer vous-même."
                )
                % {"num": MOST_ALERTS}
            )
        await platform.db.execute(
            "INSERT INTO earlier_wish (appointment, reach, before, asked_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (appointment) DO UPDATE SET reach = excluded.reach, before = excluded.before, state = 'waiting',"
            " closed_at = NULL, asked_at = CASE earlier_wish.state WHEN 'waiting' THEN earlier_wish.asked_at"
            " ELSE excluded.asked_at END",
            appointment_id,
            reach,
            record.starts_at,
            now,
        )


async def _alerts(platform: Platform, appointment_id: UUID) -> int:
    found: int = await platform.db.fetch_value(
        "SELECT count(*) FROM demand_offer WHERE appointment = $1", appointment_id
    )
    return found


async def read(platform: Platform, appointment_id: UUID) -> EarlierWish | None:
    """The wish of an appointment; None when none was ever made."""
    wish = await platform.db.struct(
        EarlierWish,
        """
        SELECT w.reach, w.state, (SELECT count(*) FROM demand_offer o WHERE o.appointment = w.appointment) AS alerts,
            (SELECT o.id FROM demand_offer o JOIN hold h ON h.id = o.hold AND h.expires_at > $2
                WHERE o.appointment = w.appointment ORDER BY o.created_at DESC LIMIT 1) AS offer_id
        FROM earlier_wish w WHERE w.appointment = $1
        """,
        appointment_id,
        platform.clock.now(),
    )
    if wish is None or wish.offer_id is None:
        return wish
    return msgspec.structs.replace(wish, offer=await read_offer(platform, wish.offer_id))


async def is_possible(platform: Platform, view: AppointmentView) -> bool:
    """Whether a slot can still be earlier than an appointment, by the lead time of its structure."""
    try:
        structure = await read_bookable(platform, structure_id=view.structure.id)
    except NotFound:  # closed meanwhile
        return False
    now = platform.clock.now()
    return view.starts_at > earliest_start(
        now, structure.lead_hours, structure.lead_days, platform.zone
    )


async def stop(platform: Platform, appointment_id: UUID) -> None:
    """No more alerts; what was kept is let go. A wish that is closed stays as it is."""
    now = platform.clock.now()
    async with platform.db.atomic():
        await platform.db.execute(
            "UPDATE earlier_wish SET state = 'stopped', closed_at = $2 WHERE appointment = $1 AND state = 'waiting'",
            appointment_id,
            now,
        )
        await _let_go(platform, appointment_id)


async def decline(platform: Platform, appointment_id: UUID) -> None:
    """Lets the slot that is kept go to the next in line; the wish goes on."""
    await _let_go(platform, appointment_id)


async def _let_go(platform: Platform, appointment_id: UUID) -> None:
    await platform.db.execute(
        "UPDATE hold SET expires_at = $2 WHERE expires_at > $2"
        " AND id IN (SELECT hold FROM demand_offer WHERE appointment = $1)",
        appointment_id,
        platform.clock.now(),
    )


async def accept(platform: Platform, appointment_id: UUID, offer_id: UUID) -> AppointmentView:
    """Moves the appointment to the slot of an offer, in one transaction; a second time changes nothing. The wish is over then.

    Raises `SlotTaken` when the slot was kept no more and somebody took it, `Refused` when it is too late to change,
    `NotFound` for another appointment's offer.
    """
    own = await platform.db.fetch_value(
        "SELECT appointment = $2 FROM demand_offer WHERE id = $1", offer_id, appointment_id
    )
    if not own:
        raise NotFound("no such offer for this appointment")
    hold = await read_hold(platform, hold_token(platform, offer_id))
    view = await move_to_hold(platform, appointment_id, hold)
    await settle(platform, appointment_id)
    return view


async def settle(platform: Platform, appointment_id: UUID | None = None) -> None:
    """Closes the wishes that have served: the appointment is over, has another start, or enough was told."""
    await platform.db.execute(
        """
        UPDATE earlier_wish w SET closed_at = $1, state = found.state
        FROM (
            SELECT e.appointment, CASE
                WHEN a.status <> 'booked' OR a.starts_at <= $1 THEN 'over'
                WHEN a.starts_at <> e.before THEN 'moved'
                WHEN (SELECT count(*) FROM demand_offer o WHERE o.appointment = e.appointment
                    AND o.expires_at <= $1) >= $2 THEN 'told'
                END AS state
            FROM earlier_wish e JOIN appointment a ON a.id = e.appointment
            WHERE e.state = 'waiting' AND ($3::uuid IS NULL OR e.appointment = $3)
        ) found
        WHERE w.appointment = found.appointment AND w.state = 'waiting' AND found.state IS NOT NULL
        """,
        platform.clock.now(),
        MOST_ALERTS,
        appointment_id,
    )


async def lock_waiting(platform: Platform, appointment_id: UUID) -> bool:
    """Locks a wish in the caller's transaction; whether it may be served now."""
    await platform.db.fetch_one(
        "SELECT FROM earlier_wish WHERE appointment = $1 FOR UPDATE", appointment_id
    )
    found: bool = await platform.db.fetch_value(
        f"SELECT EXISTS (SELECT {_SERVABLE} AND w.appointment = $4)",
        platform.clock.now(),
        LEAST_GAP,
        MOST_ALERTS,
        appointment_id,
    )
    return found


# $1 now, $2 the least gap, $3 the most alerts.
_SERVABLE = """
    FROM earlier_wish w JOIN appointment a ON a.id = w.appointment LEFT JOIN site i ON i.id = a.site
    WHERE w.state = 'waiting' AND a.status = 'booked' AND a.starts_at = w.before AND w.before > $1::timestamptz
        AND (SELECT count(*) FROM demand_offer o WHERE o.appointment = w.appointment) < $3
        AND NOT EXISTS (SELECT FROM demand_offer o WHERE o.appointment = w.appointment AND o.created_at > $1 - $2::interval)
"""


async def list_wishes(platform: Platform) -> list[Wish]:
    """The wishes that may be served now, in the order in which they were made: none was told within a day."""
    rows = await platform.db.fetch(
        f"""
        SELECT w.appointment AS id, w.reach, w.before, a.structure, a.advisor, a.channel, a.site, i.department, i.lat, i.lon,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(o.structure, o.starts_at)), '[]') FROM demand_offer o
                WHERE o.appointment = w.appointment) AS offered
        {_SERVABLE} ORDER BY w.asked_at, w.appointment
        """,  # noqa: S608 - a constant of ours
        platform.clock.now(),
        LEAST_GAP,
        MOST_ALERTS,
    )
    return [_wish(platform, dict(row)) for row in rows]


def _wish(platform: Platform, row: dict[str, Any]) -> Wish:
    mode, reach = mode_of(platform, row["channel"]), row["reach"]
    wish: dict[str, Any] = {
        "id": row["id"],
        "modes": [mode],
        "reach": "region",
        "department": row["department"] or "",
        "lat": row["lat"] or 0.0,
        "lon": row["lon"] or 0.0,
        "offered": row["offered"],
        "earlier_than": row["before"],
        "structure": None if reach == "near" else row["structure"],
        "advisor": row["advisor"] if reach == "advisor" else None,
    }
    if mode == "in_person":
        wish |= {"reach": "near"} if reach == "near" else {"reach": "site", "site": row["site"]}
    return msgspec.convert(wish, Wish, strict=False)
