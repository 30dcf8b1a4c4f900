"""The youth's own page of an appointment: see it, put it in a calendar. Nothing here changes anything."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking import arrivals
from core.booking.calendar import appointment_ics, where
from core.booking.links import read_token
from core.booking.pages.common import countdown
from core.booking.rules import phone_shown
from core.booking.search import mode_of
from core.booking.standing import may_change
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.demand import earlier
from core.extension.blocks import render_blocks
from core.platform import Platform
from core.web.pages import AnyRequest, page, platform_of


def appointment_values(platform: Platform, token: str, view: AppointmentView) -> dict[str, Any]:
    """What every page of one appointment knows."""
    now = platform.clock.now()
    coming = view.status == "booked" and view.ends_at > now
    return {
        "token": token,
        "view": view,
        "mode": mode_of(platform, view.channel),
        "where": where(view),
        "coming": coming,
        "may_change": coming and may_change(platform, view.starts_at),
        "limit": platform.settings.booking.cancel_limit_hours,
        "phone": phone_shown(view.youth.phone),
    }


async def day_values(platform: Platform, view: AppointmentView) -> dict[str, Any]:
    """What the youth may say on the day, what they said, and how long there is still to go, in words."""
    now = platform.clock.now()
    coming = view.status == "booked"
    return {
        "word": await arrivals.read_day_word(platform, view.id),
        "arrives_from": view.starts_at - arrivals.ARRIVES_BEFORE,
        "may_arrive": coming and arrivals.may_arrive(view.starts_at, view.ends_at, now),
        "may_be_late": coming and arrivals.may_be_late(view.starts_at, view.ends_at, now),
        "delays": arrivals.DELAYS,
        "countdown": countdown(view.starts_at, now) if coming and now < view.ends_at else "",
    }


@get("/rdv/{token:str}", guards=[by_link], include_in_schema=False)
async def see(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The appointment; just after the booking, an unmistakable confirmation."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    blocks = await render_blocks(
        request, "appointment.page", view.structure.id, {"appointment": view}
    )
    after = await platform.db.fetch_one(
        "SELECT i.roadmap_sent_at IS NOT NULL AS roadmap, f.answered_at IS NOT NULL AND f.waiting_since IS NULL AS answer"
        " FROM interview i LEFT JOIN follow_up f ON f.appointment = i.appointment WHERE i.appointment = $1",
        view.id,
    )
    standing = appointment_values(platform, token, view)
    watched = standing["may_change"] and await earlier.is_possible(platform, view)
    values = {
        **standing,
        **await day_values(platform, view),
        "may_be_earlier": watched,
        "earlier": await earlier.read(platform, view.id) if watched else None,
        "fresh": "confirme" in request.query_params and view.status == "booked",
        "has_roadmap": after is not None and after["roadmap"],
        "has_answer": after is not None and after["answer"],
        "blocks": blocks,
    }
    return page(request, "booking/appointment.html", values)


@get("/rdv/{token:str}/calendrier.ics", guards=[by_link], include_in_schema=False)
async def calendar(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """The appointment for a calendar."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    return Response(
        appointment_ics(platform, view),
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="rendez-vous.ics"'},
    )


routes: tuple[ControllerRouterHandler, ...] = (see, calendar)
