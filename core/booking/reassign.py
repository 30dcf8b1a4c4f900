"""Handing an appointment over to a colleague of its structure who is free at that very hour."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from core.accounts.access import CurrentUser
from core.booking.judge import judge, mode_if_active
from core.booking.search import FREE, channel_keys
from core.booking.seats import Wanted, take_seat
from core.booking.standing import Standing, announce_change, request_of, stand
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import Conflict
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

_COLLEAGUES = f"""
    SELECT a.id AS appointment_id, s.advisor AS advisor_id, adv.display_name AS name,
        a.channel = ANY (s.channels) AND (a.site IS NULL OR s.site = a.site) AS same_way,
        s.channels && $3::text[] AS by_video,
        (SELECT count(*) FROM appointment o WHERE o.advisor = s.advisor
            AND o.status IN ('booked', 'honoured', 'no_show')
            AND o.starts_at >= week.monday AND o.starts_at < week.monday + interval '7 days') AS load
    FROM appointment a
    JOIN slot s ON s.structure = a.structure AND s.starts_at = a.starts_at AND s.advisor <> a.advisor
    JOIN advisor adv ON adv.id = s.advisor
    CROSS JOIN LATERAL (SELECT date_trunc('week', a.starts_at AT TIME ZONE $4) AT TIME ZONE $4 AS monday) week
    WHERE a.id = ANY ($2::uuid[]) AND a.status = 'booked' AND s.starts_at > $1 AND {FREE}
    ORDER BY load, s.advisor
"""  # noqa: S608 - the pieces are ours


class FreeColleague(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who could take an appointment as it is (`same_way`: its channel, its site), or by video.

    `load` counts their appointments of that week.
    """

    appointment_id: UUID
    advisor_id: UUID
    name: str
    same_way: bool
    by_video: bool
    load: int


async def list_free_colleagues(
    platform: Platform, ids: Sequence[UUID]
) -> dict[UUID, list[FreeColleague]]:
    """Who offers the hour of each of these appointments, in its structure, and is free; who has least that week first."""
    found: dict[UUID, list[FreeColleague]] = {appointment_id: [] for appointment_id in ids}
    for colleague in await platform.db.structs(
        FreeColleague,
        _COLLEAGUES,
        platform.clock.now(),
        list(ids),
        channel_keys(platform, "video"),
        platform.settings.timezone,
    ):
        if colleague.same_way or colleague.by_video:
            found[colleague.appointment_id].append(colleague)
    return found


async def reassign(
    platform: Platform,
    appointment_id: UUID,
    user: CurrentUser,
    *,
    to: UUID | None = None,
    by_video: bool = False,
) -> AppointmentView:
    """Hands the appointment to `to`, or to whoever is free and has least that week: same hour, channel and site.

    `by_video` keeps the hour only. Said twice, it is done once. Raises `Conflict` when nobody (or that one) is free any
    more or the appointment is over, `RulesRefused` when something is missing to meet by video, `NotFound`.
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
