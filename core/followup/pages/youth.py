"""By the youth's link: writing back to the advisor, and « où en êtes-vous ? »."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.followup import check_in, thread
from core.followup.check_in import Answer
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect

_ICONS = {"left": "globe", "applied": "check", "changed": "compass", "help": "user"}


class WordForm(msgspec.Struct, frozen=True, kw_only=True):
    """A message."""

    words: thread.Words


@get("/rdv/{token:str}/ecrire", guards=[by_link], include_in_schema=False)
async def write_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The thread, and room for a word."""
    view = await _view(request, token)
    return await _write_page(request, token, view, Form())


async def _write_page(
    request: AnyRequest, token: str, view: AppointmentView, form: Form[Any]
) -> Response[str]:
    values = {
        "token": token,
        "view": view,
        "thread": await thread.read_thread(platform_of(request), view.id),
        "form": form,
        "longest": thread.LONGEST,
    }
    return page(request, "followup/write.html", values, status=422 if form.errors else 200)


@post("/rdv/{token:str}/ecrire", guards=[by_link], include_in_schema=False, status_code=303)
async def write(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Sends a word to the advisor."""
    platform = platform_of(request)
    view = await _view(request, token)
    await _hold_back(request, platform, view)
    form = parse(WordForm, await request.form())
    if form.data is None:
        return await _write_page(request, token, view, form)
    try:
        await thread.write(platform, view, form.data.words)
    except FriendlyError as refusal:
        return await _write_page(request, token, view, form.refuse(refusal))
    said = _("C’est envoyé : %(name)s vous répondra ici.") % {"name": view.advisor.name}
    return redirect(f"/rdv/{token}/ecrire#fil", flash=said)


@get("/rdv/{token:str}/nouvelles", guards=[by_link], include_in_schema=False)
async def check_in_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Four answers; once one is given, what may come next and room for a word."""
    view = await _view(request, token)
    return await _check_in_page(request, token, view, Form())


async def _check_in_page(
    request: AnyRequest, token: str, view: AppointmentView, form: Form[Any]
) -> Response[str]:
    given = await check_in.read_check_in(platform_of(request), view.id)
    if given is not None and not form.values:
        form = Form({"words": given.words})
    values = {
        "token": token,
        "view": view,
        "given": given,
        "form": form,
        "answers": [(key, label, _ICONS[key]) for key, label in check_in.labels().items()],
    }
    return page(request, "followup/check_in.html", values, status=422 if form.errors else 200)


@post("/rdv/{token:str}/nouvelles", guards=[by_link], include_in_schema=False, status_code=303)
async def answer(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Keeps the answer; another one takes its place."""
    platform = platform_of(request)
    view = await _view(request, token)
    await _hold_back(request, platform, view)
    form = parse(Answer, await request.form())
    if form.data is None:
        return await _check_in_page(request, token, view, form)
    try:
        await check_in.say(platform, view, form.data)
    except FriendlyError as refusal:
        return await _check_in_page(request, token, view, form.refuse(refusal))
    return redirect(f"/rdv/{token}/nouvelles")


async def _view(request: AnyRequest, token: str) -> AppointmentView:
    platform = platform_of(request)
    return await read_view(platform, await read_token(platform, token))


async def _hold_back(request: AnyRequest, platform: Platform, view: AppointmentView) -> None:
    """Twenty words an hour are enough for a link, and a hundred in ten minutes for an address that a whole school shares."""
    await throttle.check(platform, f"follow_up:{view.id}", 20, 3600)
    await throttle.check(platform, f"follow_up:{throttle.address_of(request)}", 100, 600)


routes: tuple[ControllerRouterHandler, ...] = (write_page, write, check_in_page, answer)
