"""By the stable link of an appointment: wish for an earlier slot, see the one that is kept, take it or not. A GET only shows."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.holds import SlotTaken
from core.booking.links import read_token
from core.booking.search import mode_of
from core.booking.standing import may_change
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.demand import earlier
from core.demand.rules import NEAR_KM
from core.errors import FriendlyError
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect
from core.web.templating import moment


class EarlierForm(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look."""

    reach: earlier.EarlierReach = "structure"


class TakeForm(msgspec.Struct, frozen=True, kw_only=True):
    """The slot that is taken: the one that was shown, not another that came since."""

    place: UUID


async def _open(request: AnyRequest, token: str) -> tuple[Platform, AppointmentView]:
    platform = platform_of(request)
    if request.method == "POST":
        await throttle.check(platform, f"earlier:{throttle.address_of(request)}", 100, 600)
    return platform, await read_view(platform, await read_token(platform, token))


@get("/rdv/{token:str}/plus-tot", guards=[by_link], include_in_schema=False)
async def see(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The wish, and the slot that is kept if there is one."""
    platform, view = await _open(request, token)
    return await _page(request, platform, token, view)


async def _page(
    request: AnyRequest, platform: Platform, token: str, view: AppointmentView, refusal: str = ""
) -> Response[str]:
    wish = await earlier.read(platform, view.id)
    values = {
        "token": token,
        "view": view,
        "wish": wish,
        "most": earlier.MOST_ALERTS,
        "is_coming": view.status == "booked" and view.starts_at > platform.clock.now(),
        "may_change": may_change(platform, view.starts_at),
        "form": Form({"reach": wish.reach if wish else "structure"}),
        "reaches": list(_reaches(platform, view).items()),
        "refusal": refusal,
    }
    return page(request, "demand/earlier.html", values, status=422 if refusal else 200)


@post("/rdv/{token:str}/plus-tot", guards=[by_link], include_in_schema=False, status_code=303)
async def ask(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Starts to look, or looks elsewhere."""
    platform, view = await _open(request, token)
    form = parse(EarlierForm, await request.form())
    try:
        await earlier.ask(platform, view.id, form.data.reach if form.data else "structure")
    except FriendlyError as refusal:
        return await _page(request, platform, token, view, refusal.message)
    word = _("C’est noté : nous vous prévenons si une place se libère plus tôt.")
    return redirect(f"/rdv/{token}/plus-tot", flash=word)


@post(
    "/rdv/{token:str}/plus-tot/prendre", guards=[by_link], include_in_schema=False, status_code=303
)
async def take(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Moves the appointment to the slot that is kept. A slot lost meanwhile leaves it where it was."""
    platform, view = await _open(request, token)
    form = parse(TakeForm, await request.form())
    if form.data is None:
        return redirect(f"/rdv/{token}/plus-tot")
    try:
        moved = await earlier.accept(platform, view.id, form.data.place)
    except SlotTaken:
        word = _(
            "Cette place n’était plus gardée, et vient d’être prise. Votre rendez-vous n’a pas bougé."
        )
        return redirect(f"/rdv/{token}/plus-tot", flash=word, tone="bad")
    except FriendlyError as refusal:
        return await _page(request, platform, token, view, refusal.message)
    word = _("C’est fait : rendez-vous %(moment)s.") % {"moment": moment(moved.starts_at)}
    return redirect(f"/rdv/{token}", flash=word)


@post(
    "/rdv/{token:str}/plus-tot/garder", guards=[by_link], include_in_schema=False, status_code=303
)
async def keep(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Keeps the appointment as it is, and leaves the slot to the next; the wish goes on."""
    platform, view = await _open(request, token)
    await earlier.decline(platform, view.id)
    word = _("Votre rendez-vous reste comme il est. La place va à la personne suivante.")
    return redirect(f"/rdv/{token}", flash=word)


@post(
    "/rdv/{token:str}/plus-tot/arreter", guards=[by_link], include_in_schema=False, status_code=303
)
async def stop(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """No more alerts; a second time changes nothing."""
    platform, view = await _open(request, token)
    await earlier.stop(platform, view.id)
    return redirect(f"/rdv/{token}", flash=_("C’est arrêté : nous ne cherchons plus pour vous."))


def _reaches(platform: Platform, view: AppointmentView) -> dict[earlier.EarlierReach, str]:
    """Where one may look, from nearest to farthest."""
    if mode_of(platform, view.channel) == "in_person":
        same, wide = (
            _("Au même endroit"),
            _("Aussi dans un autre lieu, à moins de %(km)d km") % {"km": NEAR_KM},
        )
    else:
        same, wide = _("Avec la même structure"), _("Aussi avec une autre structure de la région")
    only = _("Seulement avec %(name)s") % {"name": view.advisor.name}
    return {"structure": same, "advisor": only, "near": wide}


routes: tuple[ControllerRouterHandler, ...] = (see, ask, take, keep, stop)
