"""What is told to the rules and to the database when someone books, and what the database answers."""

from contextlib import nullcontext, suppress
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec

from core.accounts.access import CurrentUser
from core.booking.holds import Hold
from core.booking.records import made_by
from core.booking.rules import in_lead_time, phone_e164
from core.booking.search import Bookable
from core.booking.seats import week_around
from core.booking.standing import reference
from core.contracts.booking import BookingRequest, ChannelMode
from core.contracts.events import AppointmentBooked
from core.extension.events import announce, handlers
from core.extension.state import Snapshot
from core.platform import Platform

Origin = Literal["youth", "advisor", "manager", "coordinator", "api", "referral"]


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Who books, as said in the form. `in_region` is false when the commune is known to be elsewhere."""

    name: str
    consent_version: str
    email: str = ""
    phone: str = ""
    birth_date: date | None = None
    commune: str | None = None
    in_region: bool = True
    wish: str = ""
    locale: str = "fr"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, for whom it is, in which structure, and who books: a member of staff (`user`), or the youth or another body."""

    hold: Hold
    structure: Bookable
    applicant: Applicant
    user: CurrentUser | None
    origin: Origin


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the database's `book_appointments`, where the outcomes are explained; `moved` is ours."""

    outcome: Literal["booked", "done", "stale", "already", "taken", "moved"]
    made: UUID | None = None
    link_version: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    asked: str | None = None


async def write(platform: Platform, snapshot: Snapshot, order: Order, mode: ChannelMode) -> Written:
    """Books in one statement of the database, with whoever else books at this moment, and wakes the workers when it is done."""
    written = Written(outcome="taken")
    # Within a caller's transaction a refusal of the database must not end it all.
    apart = platform.db.atomic() if platform.db.in_transaction else nullcontext()
    with suppress(asyncpg.ExclusionViolationError):
        async with apart:
            written = await platform.db.together(
                Written,
                "SELECT * FROM book_appointments($1, $2)",
                _columns(platform, snapshot, order, mode),
                handlers(platform),
            )
    if written.outcome == "booked":
        announce(platform)
    return written


def _columns(
    platform: Platform, snapshot: Snapshot, order: Order, mode: ChannelMode
) -> dict[str, Any]:
    """What `book_appointments` is told."""
    hold, applicant, now = order.hold, order.applicant, platform.clock.now()
    appointment_id = made_by(hold.id)
    monday, next_monday = week_around(hold.starts_at, platform.zone)
    event = AppointmentBooked(structure_id=hold.structure, at=now, appointment_id=appointment_id)
    return {
        "now": now,
        "revision": snapshot.revision,
        "hold": hold.id,
        "asked": hold.asked,
        "appointment": appointment_id,
        "youth": uuid4(),
        "structure": hold.structure,
        "starts_at": hold.starts_at,
        "channels": [hold.channel],
        "in_person": mode == "in_person",
        "site": hold.site,
        "preferred": hold.advisor,
        "monday": monday,
        "next_monday": next_monday,
        "name": applicant.name,
        "email": applicant.email,
        "phone": phone_e164(applicant.phone) or "",
        "birth_date": applicant.birth_date,
        "commune": applicant.commune,
        "consent_version": applicant.consent_version,
        "locale": applicant.locale,
        "wish": applicant.wish,
        "origin": order.origin,
        "author": order.user.account_id if order.user else None,
        "out_of_lead": not in_lead_time(
            hold.starts_at, hold.created_at, order.structure.lead_hours, order.structure.lead_days
        ),
        "event": event,
    }


def request_of_order(platform: Platform, order: Order, mode: ChannelMode) -> BookingRequest:
    """The order as the rules judge it."""
    hold, applicant, structure = order.hold, order.applicant, order.structure
    return BookingRequest(
        structure=reference(structure),
        channel=hold.channel,
        mode=mode,
        starts_at=hold.starts_at,
        youth_name=applicant.name,
        email=applicant.email,
        phone=applicant.phone,
        birth_date=applicant.birth_date,
        commune_insee=applicant.commune or "",
        in_region=applicant.in_region,
        lead_hours=structure.lead_hours,
        lead_days=structure.lead_days,
        horizon_days=structure.horizon_days,
        max_age=platform.settings.booking.max_age,
        age_rule=structure.age_rule,
        by_staff=order.user is not None,
        referred=order.origin == "referral",
    )
