"""The advisor's page on both directions, and the calendar that their program reads."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from hookspecs import NotFound, PluginContext, _, advisor_of, page, redirect

from . import address, feeds
from .places import list_places

AnyRequest = Request[Any, Any, Any]
HERE = "/p/calendar_ical/"
_SHOWN_OPENINGS = 4


@get("/{file_name:str}")
async def calendar(
    context: NamedDependency[PluginContext], file_name: FromPath[str]
) -> Response[bytes]:
    """What a calendar program reads at the secret address."""
    token, dot, suffix = file_name.rpartition(".")
    if not dot or suffix != "ics":
        raise NotFound("not a calendar")
    return Response(
        await address.write_calendar(context, token), media_type="text/calendar; charset=utf-8"
    )


@get("/")
async def settings_page(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """Both directions, and how they are."""
    return await _show(request, context)


@post("/adresse", status_code=200)
async def renew_address(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """Makes a fresh address and shows it, this once."""
    fresh = await address.renew_address(context, advisor_of(request, context))
    return await _show(request, context, fresh=fresh)


@post("/adresse/supprimer")
async def drop_address(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Makes the address worthless."""
    await address.drop_address(context, advisor_of(request, context))
    return redirect(HERE, flash=_("L’adresse ne mène plus nulle part."))


async def _show(request: AnyRequest, context: PluginContext, *, fresh: str = "") -> Response[str]:
    advisor_id = advisor_of(request, context)
    followed = await feeds.list_feeds(context, advisor_id)
    values = {
        "made": await address.read_address(context, advisor_id),
        "fresh": fresh,
        "subscription": "webcal" + fresh.removeprefix("https").removeprefix("http"),
        "feeds": [
            {
                "feed": feed,
                "state": feed.state_for(context),
                "openings": await feeds.list_openings(context, feed.id, _SHOWN_OPENINGS),
            }
            for feed in followed
        ],
        "places": await list_places(context, advisor_id),
        "has_room": len(followed) < feeds.MOST_FEEDS,
        "plugin_settings": context.settings,
    }
    return page(request, "calendar_ical/mine.html", values)


PUBLIC_HANDLERS = (calendar,)
ADVISOR_HANDLERS = (settings_page, renew_address, drop_address)
