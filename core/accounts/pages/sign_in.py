"""Signing in by e-mail and password, and out."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import cookies, service
from core.accounts.access import anyone
from core.accounts.entering import enter, wait_for_proof
from core.accounts.pages.common import (
    WINDOW_SECONDS,
    browser_of,
    cookie_of,
    drop_cookie,
    home,
    local_path,
    too_many,
)
from core.accounts.second_factor import begin
from core.accounts.sessions import COOKIE, close_session, hash_token, open_session
from core.demo.accounts import demo_accounts
from core.errors import FriendlyError
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, user_of

_STEPS = {"code": "code", "set_up": "protection"}
log = structlog.get_logger("somobilite.accounts")


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-in form."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]
    suite: Annotated[str, Meta(max_length=500)] = ""


@get("/connexion", guards=[anyone], include_in_schema=False)
async def sign_in_page(
    request: AnyRequest, suite: FromQuery[str] = "", compte: FromQuery[str] = ""
) -> Response[str] | Response[None]:
    """The sign-in form; of a demonstration, with its accounts, `compte` being the one to fill in."""
    user = user_of(request)
    if user is not None:
        return redirect(local_path(suite) or home(coordination=user.is_coordination))
    return await _sign_in(
        request, Form({"email": compte, "suite": local_path(suite)}), filled=bool(compte)
    )


@post("/connexion", guards=[anyone], include_in_schema=False)
async def sign_in(request: AnyRequest) -> Response[str] | Response[None]:
    """Checks the password; then opens a session with a fresh cookie, or asks for the second step."""
    platform = platform_of(request)
    form = parse(SignIn, await request.form())
    if form.data is None:
        return await _sign_in(request, form, status=422)
    address = throttle.address_of(request)
    try:
        await throttle.check(platform, f"sign-in:address:{address}", 50, WINDOW_SECONDS)
        await throttle.check(
            platform, f"sign-in:account:{form.data.email.lower()}", 10, WINDOW_SECONDS
        )
        account_id = await service.check_password(platform, form.data.email, form.data.password)
    except TooManyRequestsException as error:
        log.warning("too many sign-ins", address=address)
        form.errors[""] = too_many(error)
        return await _sign_in(request, form, status=429, headers=error.headers)
    except FriendlyError as refusal:
        log.warning("sign-in refused", address=address)
        return await _sign_in(request, form.refuse(refusal), status=422)
    return await _enter(request, account_id, local_path(form.data.suite))


async def _enter(request: AnyRequest, account_id: UUID, suite: str) -> Response[None]:
    platform = platform_of(request)
    entry = await enter(platform, account_id, cookie_of(request, cookies.DEVICE))
    if entry.next != "open":
        cookie = await wait_for_proof(platform, account_id, suite)
        if entry.next == "set_up":
            await begin(platform, account_id, hash_token(cookie.value or ""))
        response = redirect(f"/connexion/{_STEPS[entry.next]}")
        response.set_cookie(cookie)
        return response
    target = suite or home(coordination=entry.is_coordination)
    if entry.ask:
        target = f"/compte/second-facteur?suite={quote(target, safe='/')}"
    response = redirect(target)
    await open_here(request, response, account_id, proved=entry.proved)
    return response


async def open_here(
    request: AnyRequest,
    response: Response[str] | Response[None],
    account_id: UUID,
    *,
    proved: bool,
) -> None:
    """Opens a session in this browser, whose former one ends."""
    platform, previous = platform_of(request), user_of(request)
    if previous is not None:
        await close_session(platform, previous.session_id)
    response.set_cookie(
        await open_session(platform, account_id, browser_of(request), proved=proved)
    )
    log.info("signed in", account=str(account_id), second_factor=proved)


@post("/deconnexion", guards=[anyone], include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[None]:
    """Ends the session, if there is one."""
    platform, user = platform_of(request), user_of(request)
    if user is not None:
        await close_session(platform, user.session_id)
    response = redirect("/connexion", flash=_("Vous êtes déconnecté·e. À bientôt !"))
    drop_cookie(platform, response, COOKIE)
    return response


async def _sign_in(
    request: AnyRequest,
    form: Form[SignIn],
    *,
    status: int = 200,
    filled: bool = False,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    platform = platform_of(request)
    accounts = await demo_accounts(platform) if platform.settings.demo else []
    chosen = next((one for one in accounts if filled and one.email == form.value("email")), None)
    values = {"form": form, "demo_accounts": accounts, "chosen": chosen}
    return page(request, "accounts/sign_in.html", values, status=status, headers=headers)


routes: tuple[ControllerRouterHandler, ...] = (sign_in_page, sign_in, sign_out)
