"""Which colleagues of a structure are free at the hour of an appointment."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.away import busy_until
from core.booking.search import FREE, channel_keys
from core.contracts.booking import AppointmentView
from core.platform import Platform

_LOAD = """
    (SELECT count(*) FROM appointment o WHERE o.advisor = s.advisor
        AND o.status IN ('booked', 'honoured', 'no_show')
        AND o.starts_at >= week.monday AND o.starts_at < week.monday + interval '7 days') AS load
"""
_WEEK = (
    "CROSS JOIN LATERAL (SELECT date_trunc('week', a.starts_at AT TIME ZONE $3) AT TIME ZONE $3"
    " AS monday) week"
)
_OFFERING = f"""
    SELECT a.id AS appointment_id, s.advisor AS advisor_id, adv.display_name AS name, true AS offers,
        a.channel = ANY (s.channels) AND (a.site IS NULL OR s.site = a.site) AS same_way,
        s.channels && $4::text[] AS by_video, {_LOAD}
    FROM appointment a
    JOIN slot s ON s.structure = a.structure AND s.starts_at = a.starts_at AND s.advisor <> a.advisor
    JOIN advisor adv ON adv.id = s.advisor {_WEEK}
    WHERE a.id = ANY ($2::uuid[]) AND a.status = 'booked' AND s.starts_at > $1 AND {FREE}
    ORDER BY load, s.advisor
"""  # noqa: S608 - the pieces are ours
_FREE_ANYWAY = f"""
    SELECT a.id AS appointment_id, s.advisor AS advisor_id, adv.display_name AS name, false AS offers,
        true AS same_way, false AS by_video, {_LOAD}
    FROM appointment a
    JOIN membership m ON m.structure = a.structure AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL
    JOIN advisor adv ON adv.account = m.account AND adv.id <> a.advisor
    CROSS JOIN LATERAL (SELECT adv.id AS advisor, a.starts_at, a.busy_until) s {_WEEK}
    WHERE a.id = ANY ($2::uuid[]) AND a.status = 'booked' AND a.starts_at > $1 AND {FREE}
        AND (a.site IS NULL OR EXISTS (SELECT FROM slot q WHERE q.advisor = s.advisor AND q.site = a.site)
            OR (SELECT count(*) FROM site i WHERE i.structure = a.structure AND i.is_enabled) = 1)
    ORDER BY load, s.advisor
"""  # noqa: S608 - the pieces are ours


class FreeColleague(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who could take an appointment as it is (`same_way`: its channel, its site), or by video.

    `offers`: they offer that hour; else they are merely neither away nor taken. `load` counts their appointments of
    that week.
    """

    appointment_id: UUID
    advisor_id: UUID
    name: str
    offers: bool
    same_way: bool
    by_video: bool
    load: int


async def list_free_colleagues(
    platform: Platform, user: CurrentUser, views: Sequence[AppointmentView]
) -> dict[UUID, list[FreeColleague]]:
    """Who is free, in its structure, at the hour of each of these appointments; those who offer it, then who has least.

    Who does not offer it is a choice only for those who manage the structure.
    """
    found: dict[UUID, list[FreeColleague]] = {view.id: [] for view in views}
    for one in await _ask(platform, _OFFERING, list(found), channel_keys(platform, "video")):
        if one.same_way or one.by_video:
            found[one.appointment_id].append(one)
    known = {
        (one.appointment_id, one.advisor_id)
        for rest in found.values()
        for one in rest
        if one.same_way
    }
    managed = {view.id: view for view in views if user.manages(view.structure.id)}
    for one in await list_free_anyway(platform, managed):
        if (one.appointment_id, one.advisor_id) not in known:
            found[one.appointment_id].append(one)
    return found


async def list_free_anyway(
    platform: Platform, views: Mapping[UUID, AppointmentView]
) -> list[FreeColleague]:
    """Colleagues who are neither taken nor away, whatever their openings; in person, those who receive at that site too."""
    free = await _ask(platform, _FREE_ANYWAY, list(views))
    if not free:
        return []
    until = max(view.ends_at for view in views.values())
    busy = await busy_until(platform, [one.advisor_id for one in free], until)
    return [
        one
        for one in free
        if one.advisor_id in busy
        and busy[one.advisor_id].is_free(
            views[one.appointment_id].starts_at, views[one.appointment_id].ends_at
        )
    ]


async def _ask(
    platform: Platform, sql: str, ids: Sequence[UUID], *more: object
) -> list[FreeColleague]:
    now, zone = platform.clock.now(), platform.settings.timezone
    return await platform.db.structs(FreeColleague, sql, now, list(ids), zone, *more)


async def is_not_taken(platform: Platform, appointment_id: UUID, advisor_id: UUID) -> bool:
    """Whether nobody has booked or holds that advisor at the appointment's hour; says nothing of their calendars."""
    free = await _ask(platform, _FREE_ANYWAY, [appointment_id])
    return advisor_id in {one.advisor_id for one in free}
