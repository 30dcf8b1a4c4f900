"""The day itself, by the stable link: the way in, and a word to who waits. A GET only ever shows; a POST does."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import by_link
from core.booking import arrivals
from core.booking.links import read_token
from core.booking.offers import distance_km
from core.booking.pages.appointment import appointment_values, day_values
from core.booking.pages.common import count_by_link
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.network.communes import Commune, list_around, read_commune
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.local_map import LocalMap, Town, local_map
from core.web.pages import AnyRequest, page, platform_of, redirect

_STAYS_OPEN = timedelta(minutes=30)
_FOLLOWED = timedelta(hours=1)
"""How long before the hour the page begins to follow the time by itself."""
_FAR_KM = 200


class DelayForm(msgspec.Struct, frozen=True, kw_only=True):
    """So many minutes late."""

    minutes: Annotated[int, Meta(ge=1, le=120)]


@get("/rdv/{token:str}/rejoindre", guards=[by_link], include_in_schema=False)
async def join(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The way in: the video room shortly before the hour, who calls whom, or the address and the way there."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    return await _join_page(request, platform, token, view, Form())


async def _join_page(
    request: AnyRequest, platform: Platform, token: str, view: AppointmentView, form: Form[Any]
) -> Response[str]:
    now = platform.clock.now()
    opens_at = view.starts_at
    if view.meeting is not None:
        opens_at -= timedelta(minutes=view.meeting.opens_minutes_before)
    common = appointment_values(platform, token, view)
    stays = _STAYS_OPEN if common["mode"] == "video" else timedelta(0)
    values = {
        **common,
        **await day_values(platform, view),
        "ended": view.status != "booked" or now >= view.ends_at + stays,
        "form": form,
        "opens_at": opens_at,
        "is_open": now >= opens_at,
        "follows": common["coming"] and now >= view.starts_at - _FOLLOWED,
        **await _way_there(platform, view),
    }
    return page(request, "booking/join.html", values, status=422 if form.errors else 200)


async def _way_there(platform: Platform, view: AppointmentView) -> dict[str, Any]:
    """Where the site is: a map of ours, and how far it is from where the youth lives, if that is known."""
    site = view.site and await platform.db.fetch_one(
        "SELECT lat, lon FROM site WHERE id = $1", view.site.id
    )
    if not site:
        return {"map": None, "home": "", "distance": 0, "street_map": ""}
    here = (site["lat"], site["lon"])
    insee = await platform.db.fetch_value(
        "SELECT y.commune FROM appointment a JOIN youth y ON y.id = a.youth WHERE a.id = $1",
        view.id,
    )
    home = await read_commune(platform, insee) if insee else None
    distance = distance_km(here, (home.lat, home.lon)) if home else 0
    return {
        "map": await _map(platform, here, home),
        "home": home.name if home and 1 <= distance < _FAR_KM else "",
        "distance": round(distance),
        "street_map": f"https://www.openstreetmap.org/?mlat={here[0]}&mlon={here[1]}#map=17/{here[0]}/{here[1]}",
    }


async def _map(platform: Platform, here: tuple[float, float], home: Commune | None) -> LocalMap:
    found = await list_around(platform, *here)
    own = _town(home) if home else None
    return local_map(here, [_town(commune) for commune in found], own)


def _town(commune: Commune) -> Town:
    return Town(name=commune.name, lat=commune.lat, lon=commune.lon)


@post("/rdv/{token:str}/arrivee", guards=[by_link], include_in_schema=False, status_code=303)
async def say_here(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """« Je suis là »; a second time changes nothing."""
    platform, view = await _view(request, token)
    try:
        await arrivals.arrive(platform, view.id)
    except FriendlyError as refusal:
        return await _join_page(request, platform, token, view, Form().refuse(refusal))
    return redirect(f"/rdv/{token}/rejoindre", flash=_told(view))


@post("/rdv/{token:str}/retard", guards=[by_link], include_in_schema=False, status_code=303)
async def say_late(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """« J’ai du retard »."""
    platform, view = await _view(request, token)
    form = parse(DelayForm, await request.form())
    try:
        if form.data is not None:
            await arrivals.announce_delay(platform, view.id, form.data.minutes)
    except FriendlyError as refusal:
        form.refuse(refusal)
    if form.errors:
        return await _join_page(request, platform, token, view, form)
    return redirect(f"/rdv/{token}/rejoindre", flash=_told(view))


@post("/rdv/{token:str}/empechement", guards=[by_link], include_in_schema=False, status_code=303)
async def say_absent(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """« Je ne peux pas venir », once it is too late to cancel; before, the page to cancel."""
    platform, view = await _view(request, token)
    if appointment_values(platform, token, view)["may_change"]:
        return redirect(f"/rdv/{token}/annuler")
    try:
        await arrivals.announce_absence(platform, view.id)
    except FriendlyError as refusal:
        return await _join_page(request, platform, token, view, Form().refuse(refusal))
    return redirect(f"/rdv/{token}/rejoindre", flash=_told(view))


async def _view(request: AnyRequest, token: str) -> tuple[Platform, AppointmentView]:
    platform = platform_of(request)
    await count_by_link(request, platform, token)
    return platform, await read_view(platform, await read_token(platform, token))


def _told(view: AppointmentView) -> str:
    return _("C’est dit : %(name)s le voit sur son écran.") % {"name": view.advisor.name}


routes: tuple[ControllerRouterHandler, ...] = (join, say_here, say_late, say_absent)
