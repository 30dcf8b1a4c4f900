"""Asking for a link to a new password, and the page behind it. The answer is the same whether there is an account or not."""

import asyncio
import time
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import forgotten
from core.accounts.access import anyone, by_link
from core.accounts.links import PasswordLink, read_link
from core.accounts.pages.common import WINDOW_SECONDS, too_many
from core.accounts.passwords import MIN_LENGTH
from core.errors import FriendlyError
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect

_ASK = "/mot-de-passe-oublie"
_LEAST_SECONDS = 0.3
"""Writing a message takes longer than writing none: nobody reads from the time which it was."""


class AskForm(msgspec.Struct, frozen=True, kw_only=True):
    """The address that one signs in with."""

    email: Annotated[str, Meta(max_length=254)]


class ChooseForm(msgspec.Struct, frozen=True, kw_only=True):
    """The new password, typed twice."""

    password: Annotated[str, Meta(max_length=1000)]
    again: Annotated[str, Meta(max_length=1000)]


@get(_ASK, guards=[anyone], include_in_schema=False)
async def ask_page(request: AnyRequest, envoye: FromQuery[bool] = False) -> Response[str]:
    """Asks for the address; after it was given, says what happens now."""
    return page(request, "accounts/forgotten.html", {"form": Form(), "asked": envoye})


@post(_ASK, guards=[anyone], include_in_schema=False, status_code=303)
async def ask(request: AnyRequest) -> Response[Any]:
    """Sends the link, if somebody signs in with this address."""
    started, platform = time.monotonic(), platform_of(request)
    form = parse(AskForm, await request.form())
    if form.data is None:
        return _ask_again(request, form, 422)
    email = form.data.email
    try:
        address = throttle.address_of(request)
        await throttle.check(platform, f"forgotten:address:{address}", 20, WINDOW_SECONDS)
        await throttle.check(platform, f"forgotten:account:{email.lower()}", 3, 3600)
    except TooManyRequestsException as error:
        form.errors["email"] = too_many(error)
        return _ask_again(request, form, 429)
    await forgotten.ask_link(platform, email)
    await asyncio.sleep(max(0.0, _LEAST_SECONDS - (time.monotonic() - started)))
    return redirect(f"{_ASK}?envoye=true")


def _ask_again(request: AnyRequest, form: Form[AskForm], status: int) -> Response[str]:
    values = {"form": form, "asked": False}
    return page(request, "accounts/forgotten.html", values, status=status)


@get("/mot-de-passe/{token:str}", guards=[by_link], include_in_schema=False)
async def choose_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The form behind the link."""
    link = await read_link(platform_of(request), token)
    return _choose_page(request, token, link, Form())


@post("/mot-de-passe/{token:str}", guards=[by_link], include_in_schema=False, status_code=303)
async def choose(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Sets the new password; one signs in with it then, with the second factor if there is one."""
    platform = platform_of(request)
    link = await read_link(platform, token)
    form = parse(ChooseForm, await request.form())
    if form.data is None or form.data.password != form.data.again:
        if form.data is not None:
            form.errors["again"] = _("Les deux mots de passe diffèrent.")
        return _choose_page(request, token, link, form, status=422)
    try:
        await forgotten.choose_password(platform, link, form.data.password)
    except FriendlyError as refusal:
        return _choose_page(request, token, link, form.refuse(refusal), status=422)
    return redirect("/connexion", flash=_("Votre mot de passe est changé : connectez-vous."))


def _choose_page(
    request: AnyRequest,
    token: str,
    link: PasswordLink,
    form: Form[ChooseForm],
    *,
    status: int = 200,
) -> Response[str]:
    values = {
        "form": form,
        "email": link.email,
        "here": f"/mot-de-passe/{token}",
        "min_length": MIN_LENGTH,
    }
    return page(request, "accounts/new_password.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (ask_page, ask, choose_page, choose)
