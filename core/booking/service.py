"""Booking: one transaction from the last check to the event. Changes of an appointment are in `changes.py`, its end in `endings.py`.

Lock order, everywhere: hold, contact, appointment, advisors (by id).
"""

from contextlib import suppress
from datetime import date
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec

from core.accounts.access import CurrentUser
from core.booking.changes import NewChannel, change_channel, list_channels, move
from core.booking.endings import Outcome, cancel, close_appointment
from core.booking.holds import Hold, slot_taken
from core.booking.judge import judge, mode_if_active
from core.booking.links import appointment_path
from core.booking.records import Record, by_hold, lock_record, upcoming_of, write_change
from core.booking.rules import in_lead_time, phone_e164
from core.booking.search import Bookable, Sought, mode_of, read_bookable
from core.booking.seats import Seat, Wanted, take_seat
from core.booking.standing import reference
from core.contracts.booking import BookingRequest, ChannelMode
from core.contracts.events import AppointmentBooked, AppointmentChanged
from core.errors import Refused
from core.extension.events import emit
from core.platform import Platform
from core.storage.locks import lock_contact
from core.web.i18n import _

__all__ = [
    "AlreadyBooked",
    "Applicant",
    "Booked",
    "NewChannel",
    "Outcome",
    "book",
    "cancel",
    "change_channel",
    "close_appointment",
    "list_channels",
    "move",
]

Origin = Literal["youth", "advisor", "manager", "coordinator", "api"]


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


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a booking. `moved`: an appointment that the youth already had was moved to the new slot."""

    appointment_id: UUID
    path: str
    moved: bool = False


class AlreadyBooked(Refused):
    """The same person has an appointment to come: keep it, or replace it?"""

    def __init__(self, record: Record) -> None:
        super().__init__(_("Vous avez déjà un rendez-vous à venir."), field="existing")
        self.starts_at = record.starts_at


async def book(
    platform: Platform,
    hold: Hold,
    applicant: Applicant,
    *,
    replace: bool = False,
    user: CurrentUser | None = None,
    origin: Origin = "youth",
) -> Booked:
    """Makes the appointment of a hold; asked again for the same hold, finds the one that was made.

    `user` is the member of staff who books on someone's behalf: lead time and horizon are not for them. Raises
    `RulesRefused`, `AlreadyBooked` (unless `replace`: the appointment to come then moves, in the same transaction),
    `SlotTaken` with the nearest slots, `NotFound` for a structure that closed.
    """
    structure = await read_bookable(platform, structure_id=hold.structure)
    order = _Order(hold=hold, structure=structure, applicant=applicant, user=user, origin=origin)
    booked = None
    with suppress(asyncpg.ExclusionViolationError):
        async with platform.db.atomic():
            booked = await _book(platform, order, replace=replace)
    if booked is None:
        sought = Sought(
            structure_id=hold.structure,
            mode=mode_of(platform, hold.channel),
            site_id=hold.site,
        )
        raise await slot_taken(platform, sought, hold.starts_at)
    return booked


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    hold: Hold
    structure: Bookable
    applicant: Applicant
    user: CurrentUser | None
    origin: Origin


async def _book(platform: Platform, order: _Order, *, replace: bool) -> Booked | None:
    """None when nobody is free any more."""
    hold, applicant = order.hold, order.applicant
    await platform.db.fetch_one("SELECT FROM hold WHERE id = $1 FOR UPDATE", hold.id)
    done = await by_hold(platform, hold.id)
    if done is not None:
        return _booked(platform, done, moved=done.created_at < hold.created_at)
    snapshot = await platform.plugins.fresh()
    mode = mode_if_active(platform, snapshot, hold.channel, hold.structure)
    if mode is None:
        return None
    now = platform.clock.now()
    moment = hold.created_at if hold.expires_at > now else now
    await judge(platform, snapshot, _request(platform, order, mode), moment)
    current = None
    if applicant.email:
        await lock_contact(platform.db, applicant.email)
        current = await upcoming_of(
            platform,
            name=applicant.name,
            email=applicant.email,
            birth_date=applicant.birth_date,
        )
    if current is not None and not replace:
        raise AlreadyBooked(current)
    wanted = Wanted(
        structure_id=hold.structure,
        starts_at=hold.starts_at,
        channels=[hold.channel],
        site_id=hold.site,
        own_hold=hold.id,
        own_appointment=current.id if current else None,
        preferred=hold.advisor,
    )
    seat = await take_seat(platform, wanted)
    if seat is None:
        return None
    record = (
        await _insert(platform, order, seat)
        if current is None
        else await _replace(platform, order, seat, current)
    )
    await platform.db.execute(
        "UPDATE hold SET expires_at = least(expires_at, $2) WHERE id = $1", hold.id, now
    )
    return _booked(platform, record, moved=current is not None)


async def _insert(platform: Platform, order: _Order, seat: Seat) -> Record:
    hold, applicant, now = order.hold, order.applicant, platform.clock.now()
    youth_id, appointment_id = uuid4(), uuid4()
    await platform.db.execute(
        "INSERT INTO youth (id, name, email, phone, birth_date, commune, consent_version, consented_at, locale)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        youth_id,
        applicant.name,
        applicant.email,
        phone_e164(applicant.phone) or "",
        applicant.birth_date,
        applicant.commune,
        applicant.consent_version,
        now,
        applicant.locale,
    )
    await platform.db.execute(
        "INSERT INTO appointment (id, youth, advisor, structure, site, channel, starts_at, ends_at, origin, author,"
        " out_of_lead, wish, hold, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        appointment_id,
        youth_id,
        seat.advisor,
        hold.structure,
        hold.site,
        hold.channel,
        hold.starts_at,
        seat.ends_at,
        order.origin,
        order.user.account_id if order.user else None,
        not in_lead_time(hold.starts_at, hold.created_at, order.structure.lead_hours),
        applicant.wish,
        hold.id,
        now,
    )
    record = await lock_record(platform, appointment_id)
    await write_change(platform, record, "booked", sequence=0, user=order.user)
    await emit(
        platform,
        AppointmentBooked(structure_id=hold.structure, at=now, appointment_id=appointment_id),
    )
    return record


async def _replace(platform: Platform, order: _Order, seat: Seat, current: Record) -> Record:
    """Moves the appointment that the youth has to the slot of the hold: structure, channel and all."""
    hold, now = order.hold, platform.clock.now()
    await platform.db.execute(
        "UPDATE appointment SET advisor = $2, structure = $3, site = $4, channel = $5, starts_at = $6, ends_at = $7,"
        " sequence = sequence + 1, hold = $8, wish = CASE WHEN $9 = '' THEN wish ELSE $9 END,"
        " meeting = CASE WHEN channel = $5 AND structure = $3 THEN meeting END WHERE id = $1",
        current.id,
        seat.advisor,
        hold.structure,
        hold.site,
        hold.channel,
        hold.starts_at,
        seat.ends_at,
        hold.id,
        order.applicant.wish,
    )
    await platform.db.execute(
        "UPDATE youth SET phone = $2 WHERE id = $1 AND $2 <> ''",
        current.youth,
        phone_e164(order.applicant.phone) or "",
    )
    sequence = current.sequence + 1
    await write_change(platform, current, "moved", sequence=sequence, user=order.user)
    await emit(
        platform,
        AppointmentChanged(
            structure_id=hold.structure, at=now, appointment_id=current.id, sequence=sequence
        ),
    )
    return current


def _request(platform: Platform, order: _Order, mode: ChannelMode) -> BookingRequest:
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
        horizon_days=structure.horizon_days,
        max_age=platform.settings.booking.max_age,
        by_staff=order.user is not None,
    )


def _booked(platform: Platform, record: Record, *, moved: bool) -> Booked:
    return Booked(
        appointment_id=record.id,
        path=appointment_path(platform, record.id, record.link_version),
        moved=moved,
    )
