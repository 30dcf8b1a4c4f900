"""Booking: one statement from the last check to the event (`book_appointments`, in the database). Changes of an appointment are in `changes.py`, its end in `endings.py`.

Lock order, everywhere: hold, contact, appointment, advisors (by id).
"""

from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
import msgspec

from core.accounts.access import CurrentUser
from core.booking.changes import NewChannel, change_channel, list_channels, move
from core.booking.endings import Outcome, cancel, close_appointment
from core.booking.holds import Hold, let_go, slot_taken
from core.booking.judge import RulesRefused, judge, mode_if_active
from core.booking.kept import put_in
from core.booking.links import appointment_path
from core.booking.orders import Applicant, Order, Origin, Written, request_of_order, write
from core.booking.records import Record, by_hold, made_by, upcoming_of
from core.booking.rules import phone_e164
from core.booking.search import Bookable, Sought, mode_of, read_bookable
from core.booking.seats import Seat, Wanted, take_seat
from core.booking.undoing import reopen, reset_outcome
from core.errors import Refused
from core.extension.state import Snapshot
from core.platform import Platform
from core.storage.locks import lock_contact, lock_hold
from core.web.i18n import _

__all__ = [
    "AlreadyBooked",
    "Applicant",
    "Booked",
    "NewChannel",
    "Origin",
    "Outcome",
    "book",
    "cancel",
    "change_channel",
    "close_appointment",
    "list_channels",
    "move",
    "reopen",
    "reset_outcome",
]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a booking. `moved`: an appointment that the youth already had was moved to the new slot. `again`: it
    was made or moved earlier, by the same hold.
    """

    appointment_id: UUID
    path: str
    starts_at: datetime
    ends_at: datetime
    moved: bool = False
    again: bool = False


class AlreadyBooked(Refused):
    """The same person has an appointment to come: keep it, or replace it?"""

    def __init__(self, record: Record) -> None:
        super().__init__(_("Vous avez déjà un rendez-vous à venir."), field="existing")
        self.starts_at = record.starts_at


_ATTEMPTS = 5  # switches flip seldom: nobody meets five in a row


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
    `Refused` for a key that served another booking, `RulesRefused`, `AlreadyBooked` (unless `replace`: the appointment to come then moves, in the same transaction),
    `SlotTaken` with the nearest slots, `NotFound` for a structure that closed.
    """
    snapshot = await platform.plugins.current()
    for _attempt in range(_ATTEMPTS):
        structure = await _terms(platform, snapshot, hold.structure)
        order = Order(hold=hold, structure=structure, applicant=applicant, user=user, origin=origin)
        written = await _book(platform, snapshot, order, replace=replace)
        if written.outcome != "stale":
            break
        snapshot = await platform.plugins.fresh()
    if written.made is None:
        sought = Sought(
            structure_id=hold.structure,
            mode=mode_of(platform, hold.channel),
            site_id=hold.site,
        )
        raise await slot_taken(platform, sought, hold.starts_at)
    return _booked(platform, hold, written)


async def _terms(platform: Platform, snapshot: Snapshot, structure_id: UUID) -> Bookable:
    """The structure as it was at the snapshot, whose revision rises with any change of a structure."""
    return await snapshot.derive(
        ("bookable", structure_id), partial(read_bookable, platform, structure_id=structure_id)
    )


async def _book(platform: Platform, snapshot: Snapshot, order: Order, *, replace: bool) -> Written:
    """Asks the rules, then the database: it refuses (`stale`) what was judged under another state of the plugins."""
    hold, now = order.hold, platform.clock.now()
    mode = mode_if_active(platform, snapshot, hold.channel, hold.structure)
    if mode is None:
        return Written(outcome="taken")
    moment = hold.created_at if hold.expires_at > now else now
    try:
        await judge(platform, snapshot, request_of_order(platform, order, mode), moment)
    except RulesRefused:
        done = await by_hold(platform, hold.id)
        if done is None:
            raise
        return _done(done)
    written = await write(platform, snapshot, order, mode)
    if written.outcome == "already":
        written = await _replace(platform, order, replace=replace)
    return written


async def _replace(platform: Platform, order: Order, *, replace: bool) -> Written:
    """Moves the appointment that the youth has to the slot of the hold, structure, channel and all; asks first."""
    hold, applicant = order.hold, order.applicant
    written = Written(outcome="taken")
    with suppress(asyncpg.ExclusionViolationError):
        async with platform.db.atomic():
            await lock_hold(platform.db, hold.id)
            done = await by_hold(platform, hold.id)
            if done is not None:
                return _done(done)
            await lock_contact(platform.db, applicant.email)
            current = await upcoming_of(
                platform,
                name=applicant.name,
                email=applicant.email,
                birth_date=applicant.birth_date,
            )
            if current is None:
                return Written(outcome="stale")  # cancelled meanwhile: it is a new booking
            if not replace:
                raise AlreadyBooked(current)
            wanted = Wanted(
                structure_id=hold.structure,
                starts_at=hold.starts_at,
                channels=[hold.channel],
                site_id=hold.site,
                own_hold=hold.id,
                own_appointment=current.id,
                preferred=hold.advisor,
            )
            seat = await take_seat(platform, wanted)
            if seat is not None:
                written = await _move_to(platform, order, seat, current)
    return written


async def _move_to(platform: Platform, order: Order, seat: Seat, current: Record) -> Written:
    hold = order.hold
    await platform.db.execute(
        "UPDATE appointment SET wish = $2 WHERE id = $1 AND $2 <> ''",
        current.id,
        order.applicant.wish,
    )
    await platform.db.execute(
        "UPDATE youth SET phone = $2 WHERE id = $1 AND $2 <> ''",
        current.youth,
        phone_e164(order.applicant.phone) or "",
    )
    await put_in(platform, current, hold, seat, user=order.user)
    await let_go(platform, hold)
    return Written(
        outcome="moved",
        made=current.id,
        link_version=current.link_version,
        starts_at=hold.starts_at,
        ends_at=seat.ends_at,
    )


def _done(record: Record) -> Written:
    return Written(
        outcome="done",
        made=record.id,
        link_version=record.link_version,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
        asked=record.asked,
    )


def _booked(platform: Platform, hold: Hold, written: Written) -> Booked:
    assert written.made is not None
    assert written.starts_at is not None
    assert written.ends_at is not None
    assert written.link_version is not None
    if written.outcome == "done" and hold.asked and written.asked != hold.asked:
        raise Refused(_("Cette clé d’idempotence a déjà servi à une autre réservation."))
    return Booked(
        appointment_id=written.made,
        path=appointment_path(platform, written.made, written.link_version),
        starts_at=written.starts_at,
        ends_at=written.ends_at,
        moved=written.outcome != "booked" and written.made != made_by(hold.id),
        again=written.outcome == "done",
    )
