"""What changes in an appointment that stands: its hour, or the way to meet. What was before is kept.

A youth may change until some hours before; staff are not held to that.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.accounts.access import CurrentUser
from core.booking.holds import slot_taken
from core.booking.judge import judge, mode_if_active
from core.booking.rules import phone_e164
from core.booking.search import Sought, mode_of
from core.booking.seats import Wanted, take_seat
from core.booking.standing import Standing, announce_change, request_of, stand
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import Refused
from core.platform import Platform
from core.web.i18n import _


class NewChannel(msgspec.Struct, frozen=True, kw_only=True):
    """Another way to meet, with the contact that it needs when it was not given before."""

    channel: str
    email: str = ""
    phone: str = ""


async def move(
    platform: Platform,
    appointment_id: UUID,
    starts_at: datetime,
    *,
    site_id: UUID | None = None,
    user: CurrentUser | None = None,
    without: UUID | None = None,
) -> AppointmentView:
    """Moves an appointment to another free start of its structure, same channel; the old one stands until that is certain.

    The same advisor keeps it when free, unless it is to be `without` them. Moving to where it is already changes
    nothing. Raises `Refused` when it is too late, `RulesRefused`, `SlotTaken` with the nearest slots, `NotFound`.
    """
    moved = False
    try:
        async with platform.db.atomic():
            standing = await stand(platform, appointment_id, user)
            moved = await _move(platform, standing, starts_at, site_id, without)
    except asyncpg.ExclusionViolationError:
        moved = False
    if not moved:
        record = standing.record
        sought = Sought(
            structure_id=record.structure,
            mode=mode_of(platform, record.channel),
            site_id=site_id or record.site,
            but=record.starts_at,
        )
        raise await slot_taken(platform, sought, starts_at)
    return await read_view(platform, appointment_id)


async def _move(
    platform: Platform,
    standing: Standing,
    starts_at: datetime,
    site_id: UUID | None,
    without: UUID | None,
) -> bool:
    """False when nobody is free then."""
    record = standing.record
    site = (site_id or record.site) if record.site else None
    if starts_at == record.starts_at and site == record.site:
        return True
    snapshot = await platform.plugins.fresh()
    request = await request_of(platform, standing, starts_at=starts_at)
    await judge(platform, snapshot, request, platform.clock.now())
    wanted = Wanted(
        structure_id=record.structure,
        starts_at=starts_at,
        channels=[record.channel],
        site_id=site,
        own_appointment=record.id,
        preferred=record.advisor,
        without=without,
    )
    seat = await take_seat(platform, wanted)
    if seat is None:
        return False
    await platform.db.execute(
        "UPDATE appointment SET advisor = $2, site = $3, starts_at = $4, ends_at = $5, sequence = sequence + 1"
        " WHERE id = $1",
        record.id,
        seat.advisor,
        site,
        starts_at,
        seat.ends_at,
    )
    await announce_change(platform, standing, "moved")
    return True


async def list_channels(platform: Platform, view: AppointmentView) -> list[tuple[str, str]]:
    """The other ways to keep the same hour, as (key, label)."""
    slot = await _own_slot(platform, view.advisor_id, view.structure.id, view.starts_at)
    if slot is None:
        return []
    snapshot = await platform.plugins.current()
    return [
        (key, _(owned.item.label))
        for key, owned in platform.board.channels.items()
        if key in slot["channels"]
        and key != view.channel
        and snapshot.is_on(owned.plugin_id, view.structure.id)
        and (slot["site"] is not None or not owned.item.needs_site)
    ]


async def change_channel(
    platform: Platform,
    appointment_id: UUID,
    new: NewChannel,
    *,
    user: CurrentUser | None = None,
) -> AppointmentView:
    """Keeps the hour and the advisor, and changes how they meet; a contact given with it is kept.

    Asking for the channel that it has already changes nothing. Raises `Refused` when it is too late or not offered at
    that hour, `RulesRefused` for a missing contact, `NotFound`.
    """
    async with platform.db.atomic():
        standing = await stand(platform, appointment_id, user)
        if new.channel != standing.record.channel:
            await _change_channel(platform, standing, new)
    return await read_view(platform, appointment_id)


async def _change_channel(platform: Platform, standing: Standing, new: NewChannel) -> None:
    record = standing.record
    slot = await _own_slot(platform, record.advisor, record.structure, record.starts_at)
    snapshot = await platform.plugins.fresh()
    mode = mode_if_active(platform, snapshot, new.channel, record.structure)
    if slot is None or mode is None or new.channel not in slot["channels"]:
        message = _("Ce moyen de se rencontrer n’est pas proposé à cette heure-là.")
        raise Refused(message, field="channel")
    site = slot["site"] if platform.board.channels[new.channel].item.needs_site else None
    request = await request_of(
        platform, standing, channel=new.channel, mode=mode, email=new.email, phone=new.phone
    )
    # The hour was settled earlier: lead time and horizon count from then.
    settled: datetime | None = await platform.db.fetch_value(
        "SELECT max(at) FROM appointment_change WHERE appointment = $1 AND kind IN ('booked', 'moved')",
        record.id,
    )
    await judge(platform, snapshot, request, settled or record.created_at)
    await platform.db.execute(
        "UPDATE appointment SET channel = $2, site = $3, meeting = NULL, sequence = sequence + 1 WHERE id = $1",
        record.id,
        new.channel,
        site,
    )
    await platform.db.execute(
        "UPDATE youth SET email = $2, phone = $3 WHERE id = $1",
        record.youth,
        request.email,
        phone_e164(request.phone) or "",
    )
    await announce_change(platform, standing, "channel")


async def _own_slot(
    platform: Platform, advisor_id: UUID, structure_id: UUID, starts_at: datetime
) -> Any | None:
    """The projected slot that an appointment sits on: it says which channels and site that hour has."""
    return await platform.db.fetch_one(
        "SELECT site, channels FROM slot WHERE advisor = $1 AND structure = $2 AND starts_at = $3",
        advisor_id,
        structure_id,
        starts_at,
    )
