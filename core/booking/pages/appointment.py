"""The youth's own page of an appointment: see it, join it, put it in a calendar. Nothing here changes anything."""

from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.calendar import appointment_ics, where
from core.booking.links import read_token
from core.booking.search import mode_of
from core.booking.standing import may_change
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.demand import earlier
from core.extension.blocks import render_blocks
from core.platform import Platform
from core.web.pages import AnyRequest, page, platform_of

_STAYS_OPEN = timedelta(minutes=30)


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
    }


@get("/rdv/{token:str}", guards=[by_link], include_in_schema=False)
async def see(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The appointment; just after the booking, an unmistakable confirmation."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    blocks = await render_blocks(
        request, "appointment.page", view.structure.id, {"appointment": view}
    )
    roadmap = await platform.db.fetch_value(
        "SELECT roadmap_sent_at IS NOT NULL FROM interview WHERE appointment = $1", view.id
    )
    standing = appointment_values(platform, token, view)
    watched = standing["may_change"] and await earlier.is_possible(platform, view)
    values = {
        **standing,
        "may_be_earlier": watched,
        "earlier": await earlier.read(platform, view.id) if watched else None,
        "fresh": "confirme" in request.query_params and view.status == "booked",
        "has_roadmap": bool(roadmap),
        "blocks": blocks,
    }
    return page(request, "booking/appointment.html", values)


@get("/rdv/{token:str}/rejoindre", guards=[by_link], include_in_schema=False)
async def join(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The way in: the video room shortly before the hour, who calls whom, or the address."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    now = platform.clock.now()
    opens_at = view.starts_at
    if view.meeting is not None:
        opens_at -= timedelta(minutes=view.meeting.opens_minutes_before)
    is_open = opens_at <= now < view.ends_at + _STAYS_OPEN
    values = {
        **appointment_values(platform, token, view),
        "opens_at": opens_at,
        "is_open": is_open,
        "is_early": now < opens_at,
    }
    # Whoever waits on this page is let in without having to know about reloading.
    waits = view.status == "booked" and values["mode"] == "video" and now < view.ends_at
    headers = {"refresh": "30"} if waits and not (is_open and view.meeting) else {}
    return page(request, "booking/join.html", values, headers=headers)


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


routes: tuple[ControllerRouterHandler, ...] = (see, join, calendar)
