"""Pages of structures × plugins."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import manager
from core.errors import FriendlyError, NotFound
from core.network import switches
from core.network.switches import CellView
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class TurnForm(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of a switch: `turn` is `<plugin>:<structure slug>:<on|off|unset>`."""

    turn: Annotated[str, Meta(pattern=r"^[a-z0-9_]+:[a-z0-9-]+:(on|off|unset)$", max_length=200)]
    confirmed: bool = False


def why_words() -> dict[str, str]:
    """Why a feature is on or off, to be read after its state."""
    return {
        "core": _("fait partie du socle"),
        "mandatory": _("obligatoire dans toute la région"),
        "forbidden": _("interdite dans toute la région"),
        "switched_on": _("choix fait pour cette structure"),
        "switched_off": _("choix fait pour cette structure"),
        "default_on": _("règle de la région"),
        "default_off": _("règle de la région"),
        "requirement_off": _("dépend d’une fonctionnalité désactivée"),
        "misconfigured": _("ses réglages sont à revoir"),
        "not_loaded": _("extension absente"),
    }


@get("/reseau/fonctionnalites", guards=[manager], include_in_schema=False)
async def features_page(request: AnyRequest) -> Response[str]:
    """Every structure, every feature, and its switch."""
    matrix = await switches.read_matrix(platform_of(request), staff_of(request))
    return page(request, "network/features.html", {"matrix": matrix, "why": why_words()})


@post("/reseau/fonctionnalites", guards=[manager], include_in_schema=False)
async def turn_switch(request: AnyRequest) -> Response[str] | Response[None]:
    """Turns a switch at once, or shows first what turning it off would do."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(TurnForm, await request.form())
    if form.data is None:
        raise NotFound("not a switch")
    plugin_id, slug, wish = form.data.turn.split(":")
    state = msgspec.convert(wish, Literal["on", "off", "unset"])
    view = await switches.read_cell(platform, user, plugin_id, slug)
    turns_off = state == "off" or (state == "unset" and view.feature.policy == "available")
    if turns_off and view.consequences and not form.data.confirmed:
        return _cell_page(request, view, asked=state)
    try:
        activity = await switches.flip(platform, user, plugin_id, view.structure.id, state)
    except FriendlyError as refusal:
        return _cell_page(request, view, form=Form().refuse(refusal), status=422)
    words = (
        _("%(feature)s : activée pour %(structure)s.")
        if activity.on
        else _("%(feature)s : désactivée pour %(structure)s.")
    )
    flash = words % {"feature": view.feature.name, "structure": view.structure.name}
    kept = view.consequences.appointments
    if not activity.on and kept:
        flash += " " + ngettext(
            "%(num)d rendez-vous garde son canal.", "%(num)d rendez-vous gardent leur canal.", kept
        ) % {"num": kept}
    return redirect(f"/reseau/fonctionnalites#{slug}", flash=flash)


@get(
    "/reseau/fonctionnalites/{plugin_id:str}/{slug:str}", guards=[manager], include_in_schema=False
)
async def feature_page(
    request: AnyRequest, plugin_id: FromPath[str], slug: FromPath[str]
) -> Response[str]:
    """One feature in one structure: why, what a turn would do, and the past turns."""
    view = await switches.read_cell(platform_of(request), staff_of(request), plugin_id, slug)
    return _cell_page(request, view)


def _cell_page(
    request: AnyRequest,
    view: CellView,
    *,
    asked: str = "",
    form: Form[TurnForm] | None = None,
    status: int = 200,
) -> Response[str]:
    values = {
        "view": view,
        "why": why_words(),
        "asked": asked,
        "form": form or Form(),
        "turned": {
            "on": _("activée"),
            "off": _("désactivée"),
            "unset": _("rendue à la règle de la région"),
        },
    }
    return page(request, "network/feature.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (features_page, turn_switch, feature_page)
