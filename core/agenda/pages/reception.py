"""The reception desk's page: who is expected, and one button for each who is there."""

from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from litestar.types import ControllerRouterHandler
from litestar.utils.scope.state import ScopeState

from core.accounts.access import advisor
from core.agenda import reception
from core.clock import local_date
from core.errors import FriendlyError
from core.platform import Platform
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of
from core.web.stream import Picture, stream
from core.web.templating import render

_PATH = "/accueil"


@get(_PATH, guards=[advisor], include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Today's visits, site by site."""
    platform = platform_of(request)
    visits = await reception.list_visits(platform, staff_of(request))
    sites = [
        (structure, site, list(found))
        for (structure, site), found in groupby(visits, lambda one: (one.structure, one.site))
    ]
    values = {"today": local_date(platform.clock.now(), platform.zone), "sites": sites}
    return page(request, "agenda/reception.html", values)


@get(f"{_PATH}/flux", guards=[advisor], include_in_schema=False)
async def follow(request: AnyRequest) -> ServerSentEvent:
    """The lines of the page, as they change."""
    platform, user = platform_of(request), staff_of(request)
    token = str(ScopeState.from_scope(request.scope).csrf_token or "")

    async def look() -> Picture:
        visits = await reception.list_visits(platform, user)
        return Picture(
            pieces={f"visite-{one.appointment_id}": _line(platform, one, token) for one in visits}
        )

    return stream(request, look)


def _line(platform: Platform, visit: reception.Visit, token: str) -> str:
    values = {"visit": visit, "now": platform.clock.now(), "csrf_token": token}
    return render(platform.templates, "agenda/visit.html", values, current_locale()).strip()


@post(f"{_PATH}/{{appointment_id:uuid}}", guards=[advisor], include_in_schema=False)
async def say(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Somebody is there, or was taken for another (`retour`)."""
    platform, user = platform_of(request), staff_of(request)
    back = bool((await request.form()).get("retour"))
    try:
        if back:
            await reception.take_back(platform, user, appointment_id)
        else:
            await reception.welcome(platform, user, appointment_id)
    except FriendlyError as refusal:
        return redirect(_PATH, flash=refusal.message, tone="bad")
    word = _("C’est corrigé.") if back else _("C’est dit : son écran l’affiche déjà.")
    return redirect(f"{_PATH}#visite-{appointment_id}", flash=word)


routes: tuple[ControllerRouterHandler, ...] = (show, follow, say)
