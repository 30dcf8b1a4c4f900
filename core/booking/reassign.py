"""Handing an appointment over to a colleague of its structure who is free at that very hour."""

from datetime import datetime
from uuid import UUID

import asyncpg

from core.accounts.access import CurrentUser
from core.booking.colleagues import is_not_taken, list_free_anyway
from core.booking.judge import judge, mode_if_active
from core.booking.search import channel_keys
from core.booking.seats import Seat, Wanted, take_seat
from core.booking.standing import Standing, announce_change, request_of, stand
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import Conflict
from core.platform import Platform
from core.privacy import audit
from core.storage.locks import lock_advisor
from core.web.i18n import _


async def reassign(
    platform: Platform,
    appointment_id: UUID,
    user: CurrentUser,
    *,
    to: UUID | None = None,
    by_video: bool = False,
) -> AppointmentView:
    """Hands the appointment to `to`, or to whoever offers its hour and has least that week: same hour, channel and site.

    `by_video` keeps the hour only. `to` may be someone who does not offer that hour, when they are free and the user
    manages the structure. Said twice, it is done once. Raises `Conflict` when nobody (or that one) is free any more or
    the appointment is over, `RulesRefused` when something is missing to meet by video, `NotFound`.
    """
    given = False
    try:
        async with platform.db.atomic():
            standing = await stand(platform, appointment_id, user)
            given = await _give(platform, standing, user, to, by_video=by_video)
    except asyncpg.ExclusionViolationError:
        given = False
    if not given:
        raise Conflict(
            _("Cette personne n’est plus libre à cette heure-là : choisissez une autre solution.")
        )
    return await read_view(platform, appointment_id)


async def _give(
    platform: Platform, standing: Standing, user: CurrentUser, to: UUID | None, *, by_video: bool
) -> bool:
    """False when nobody is free then."""
    record = standing.record
    channels, site = [record.channel], record.site
    if by_video:
        channels, site = await _video(platform, standing), None
    if record.advisor == to and record.channel in channels:
        return True
    wanted = Wanted(
        structure_id=record.structure,
        starts_at=record.starts_at,
        channels=channels,
        site_id=site,
        own_appointment=record.id,
        only=to,
        without=record.advisor,
    )
    seat = await take_seat(platform, wanted)
    if seat is None and to is not None and not by_video:
        seat = await _seat_anyway(platform, user, standing, to)
    if seat is None:
        return False
    await platform.db.execute(
        "UPDATE appointment SET advisor = $2, site = $3, channel = $4, ends_at = $5, sequence = sequence + 1,"
        " meeting = CASE WHEN channel = $4 THEN meeting END WHERE id = $1",
        record.id,
        seat.advisor,
        site,
        seat.channel(wanted),
        seat.ends_at,
    )
    await announce_change(platform, standing, "reassigned")
    if user.advisor_id != record.advisor:
        await audit.record(
            platform,
            user,
            "appointment.reassigned",
            structure_id=record.structure,
            target=str(record.id),
            detail={"from": record.advisor, "to": seat.advisor},
        )
    return True


async def _seat_anyway(
    platform: Platform, user: CurrentUser, standing: Standing, to: UUID
) -> Seat | None:
    """The place of someone who does not offer that hour but is free; None when they are not, or the user may not."""
    record = standing.record
    if not user.manages(record.structure):
        return None
    view = await read_view(platform, record.id)
    if to not in {one.advisor_id for one in await list_free_anyway(platform, {view.id: view})}:
        return None
    await lock_advisor(platform.db, to)
    # Under the lock, once more: nobody took them while their calendars were asked.
    if not await is_not_taken(platform, record.id, to):
        return None
    return Seat(advisor=to, site=record.site, ends_at=record.ends_at, channels=(record.channel,))


async def _video(platform: Platform, standing: Standing) -> list[str]:
    """The video channels that are on in the structure, once the rules have nothing against them."""
    record = standing.record
    snapshot = await platform.plugins.fresh()
    keys = [
        key
        for key in channel_keys(platform, "video")
        if mode_if_active(platform, snapshot, key, record.structure)
    ]
    if keys and record.channel not in keys:
        request = await request_of(platform, standing, channel=keys[0], mode="video")
        now: datetime = platform.clock.now()
        await judge(platform, snapshot, request, now)
    return keys
