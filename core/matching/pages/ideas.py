"""The youth says, by their stable link, whether they want to hear of new sheets; and takes it back there."""

from typing import Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.matching import ideas
from core.web import throttle
from core.web.forms import parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no."""

    answer: Literal["yes", "no"] = "no"


@get("/rdv/{token:str}/idees", guards=[by_link], include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """What it means, and the present answer."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    values = {
        "token": token,
        "view": await read_view(platform, appointment_id),
        "agrees": await ideas.agrees(platform, appointment_id),
        "text": ideas.text(),
    }
    return page(request, "matching/ideas.html", values)


@post("/rdv/{token:str}/idees", guards=[by_link], include_in_schema=False)
async def submit(request: AnyRequest, token: FromPath[str]) -> Redirect:
    """Keeps the answer."""
    platform = platform_of(request)
    await throttle.check(platform, f"ideas:{throttle.address_of(request)}", 100, 600)
    appointment_id = await read_token(platform, token)
    form = parse(Answer, await request.form())
    yes = form.data is not None and form.data.answer == "yes"
    await ideas.answer(platform, appointment_id, yes=yes)
    said = (
        _("C’est noté, et réversible ici.")
        if yes
        else _("C’est noté : on ne vous recontactera pas.")
    )
    return redirect(f"/rdv/{token}/idees", flash=said)


routes: tuple[ControllerRouterHandler, ...] = (show, submit)
