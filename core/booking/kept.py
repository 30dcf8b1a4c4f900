"""An appointment that moves to a slot kept for it: structure, place, way to meet and hour. The old one stands until that is certain."""

from contextlib import suppress
from uuid import UUID

import asyncpg

from core.accounts.access import CurrentUser
from core.booking.agreement import agree
from core.booking.holds import Hold, let_go, slot_taken
from core.booking.judge import judge, mode_if_active
from core.booking.records import Record, by_hold, write_change
from core.booking.search import Sought, mode_of, read_bookable
from core.booking.seats import Seat, Wanted, take_seat
from core.booking.standing import reference, request_of, stand
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.contracts.events import AppointmentChanged
from core.extension.events import emit
from core.platform import Platform
from core.storage.locks import lock_hold


async def move_to_hold(platform: Platform, appointment_id: UUID, hold: Hold) -> AppointmentView:
    """Moves an appointment, for its youth, to the slot of a hold; asked again for the same hold, changes nothing.

    Raises `Refused` when it is too late, `RulesRefused`, `SlotTaken` with the nearest slots when the hold ran out and somebody
    else took it, `NotFound`.
    """
    moved = False
    with suppress(asyncpg.ExclusionViolationError):
        async with platform.db.atomic():
            moved = await _move(platform, appointment_id, hold)
    if not moved:
        mode = mode_of(platform, hold.channel)
        sought = Sought(structure_id=hold.structure, mode=mode, site_id=hold.site)
        raise await slot_taken(platform, sought, hold.starts_at)
    return await read_view(platform, appointment_id)


async def _move(platform: Platform, appointment_id: UUID, hold: Hold) -> bool:
    """False when nobody is free then any more."""
    await lock_hold(platform.db, hold.id)
    done = await by_hold(platform, hold.id)
    if done is not None:
        return done.id == appointment_id
    standing = await stand(platform, appointment_id, None)
    structure = await read_bookable(platform, structure_id=hold.structure)
    snapshot = await platform.plugins.fresh()
    mode = mode_if_active(platform, snapshot, hold.channel, hold.structure)
    if mode is None:
        return False
    now = platform.clock.now()
    request = await request_of(
        platform,
        standing,
        structure=reference(structure),
        channel=hold.channel,
        mode=mode,
        starts_at=hold.starts_at,
        lead_hours=structure.lead_hours,
        lead_days=structure.lead_days,
        horizon_days=structure.horizon_days,
        age_rule=structure.age_rule,
    )
    await judge(platform, snapshot, request, hold.created_at if hold.expires_at > now else now)
    wanted = Wanted(
        structure_id=hold.structure,
        starts_at=hold.starts_at,
        channels=[hold.channel],
        site_id=hold.site,
        own_hold=hold.id,
        own_appointment=appointment_id,
        preferred=hold.advisor,
    )
    seat = await take_seat(platform, wanted)
    if seat is None:
        return False
    await put_in(platform, standing.record, hold, seat)
    await let_go(platform, hold)
    return True


async def put_in(
    platform: Platform, record: Record, hold: Hold, seat: Seat, *, user: CurrentUser | None = None
) -> None:
    """Writes a locked appointment over to the slot of a hold and a free seat, keeps what was before, and tells the handlers."""
    await platform.db.execute(
        "UPDATE appointment SET advisor = $2, structure = $3, site = $4, channel = $5, starts_at = $6, ends_at = $7,"
        " sequence = sequence + 1, hold = $8, asked = $9,"
        " meeting = CASE WHEN channel = $5 AND structure = $3 THEN meeting END WHERE id = $1",
        record.id,
        seat.advisor,
        hold.structure,
        hold.site,
        hold.channel,
        hold.starts_at,
        seat.ends_at,
        hold.id,
        hold.asked,
    )
    sequence = record.sequence + 1
    await write_change(platform, record, "moved", sequence=sequence, user=user)
    if user is None:
        await agree(platform, record.id)
    await emit(
        platform,
        AppointmentChanged(
            structure_id=hold.structure,
            at=platform.clock.now(),
            appointment_id=record.id,
            sequence=sequence,
        ),
    )
