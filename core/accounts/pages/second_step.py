"""The second step of a sign-in: the code of the telephone, or setting one up where it is due."""

from typing import Annotated

import msgspec
import structlog
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import cookies, second_factor
from core.accounts.access import anyone
from core.accounts.devices import trust_device
from core.accounts.entering import Pending, count_try, end_pending, read_pending
from core.accounts.pages.common import browser_of, cookie_of, drop_cookie, home, too_many
from core.accounts.pages.sign_in import open_here
from core.errors import FriendlyError, NotFound
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect

log = structlog.get_logger("somobilite.accounts")


class CodeForm(msgspec.Struct, frozen=True, kw_only=True):
    """A code of the telephone, or one of those that were kept."""

    code: Annotated[str, Meta(max_length=100)]
    trust: bool = False
    secours: bool = False


@get("/connexion/code", guards=[anyone], include_in_schema=False)
async def code_page(
    request: AnyRequest, secours: FromQuery[bool] = False
) -> Response[str] | Response[None]:
    """Asks for the code of the telephone; with `secours`, for a recovery code."""
    pending = await _pending(request)
    if pending is None or not pending.has_factor:
        return _again()
    return _code_page(request, Form({"secours": secours}))


@post("/connexion/code", guards=[anyone], include_in_schema=False, status_code=303)
async def give_code(request: AnyRequest) -> Response[str] | Response[None]:
    """Opens the session when the code is right; after five wrong ones the password is asked again."""
    platform = platform_of(request)
    pending = await _pending(request)
    if pending is None:
        return _again()
    form = parse(CodeForm, await request.form())
    if form.data is None:
        return _code_page(request, form, status=422)
    try:
        left = await second_factor.prove(platform, pending.account_id, form.data.code)
        await end_pending(platform, pending)
    except TooManyRequestsException as error:
        form.errors["code"] = too_many(error)
        return _code_page(request, form, status=429)
    except NotFound:
        return _again()
    except FriendlyError as refusal:
        log.warning("code refused", account=str(pending.account_id))
        await count_try(platform, pending)
        return _code_page(request, form.refuse(refusal), status=422)
    return await _let_in(request, pending, left, trust=form.data.trust)


async def _let_in(
    request: AnyRequest, pending: Pending, left: int | None, *, trust: bool
) -> Response[None]:
    """Opens the session. Who used a recovery code (`left`: those that remain) is led to where another telephone is set up."""
    platform = platform_of(request)
    response = redirect(pending.suite or home(coordination=pending.is_coordination))
    if left is not None:
        word = ngettext(
            "Il vous reste %(num)d code de secours. Nouveau téléphone ? Changez-le ici.",
            "Il vous reste %(num)d codes de secours. Nouveau téléphone ? Changez-le ici.",
            left,
        )
        response = redirect("/compte/second-facteur", flash=word % {"num": left}, tone="info")
    drop_cookie(platform, response, cookies.SIGN_IN)
    if trust:
        response.set_cookie(await trust_device(platform, pending.account_id, browser_of(request)))
    await open_here(request, response, pending.account_id, proved=True)
    return response


@get("/connexion/protection", guards=[anyone], include_in_schema=False)
async def set_up_page(request: AnyRequest) -> Response[str] | Response[None]:
    """The secret to put on a telephone, before one goes on."""
    pending = await _pending(request)
    if pending is None or pending.has_factor:
        return _again()
    return await _set_up_page(request, pending, Form())


@post("/connexion/protection", guards=[anyone], include_in_schema=False, status_code=200)
async def set_up(request: AnyRequest) -> Response[str] | Response[None]:
    """Confirms it with a code and opens the session: the recovery codes are shown, this once."""
    platform = platform_of(request)
    pending = await _pending(request)
    if pending is None or pending.has_factor:
        return _again()
    form = parse(CodeForm, await request.form())
    if form.data is None:
        return await _set_up_page(request, pending, form, status=422)
    try:
        fresh = await second_factor.confirm(
            platform, pending.account_id, pending.id_hash, form.data.code
        )
    except NotFound:
        return _again()
    except TooManyRequestsException as error:
        form.errors["code"] = too_many(error)
        return await _set_up_page(request, pending, form, status=429)
    except FriendlyError as refusal:
        return await _set_up_page(request, pending, form.refuse(refusal), status=422)
    target = pending.suite or home(coordination=pending.is_coordination)
    values = {"codes": fresh, "suite": target, "layout": "web/youth.html"}
    response = page(request, "accounts/recovery.html", values)
    drop_cookie(platform, response, cookies.SIGN_IN)
    await open_here(request, response, pending.account_id, proved=True)
    return response


async def _pending(request: AnyRequest) -> Pending | None:
    try:
        return await read_pending(platform_of(request), cookie_of(request, cookies.SIGN_IN))
    except NotFound:
        return None


def _again() -> Response[None]:
    word = _("Redonnez votre mot de passe : cette étape ne dure que dix minutes, et cinq essais.")
    return redirect("/connexion", flash=word, tone="info")


def _code_page(request: AnyRequest, form: Form[CodeForm], *, status: int = 200) -> Response[str]:
    recovery = form.value("secours") not in ("", False, "false")
    return page(request, "accounts/code.html", {"form": form, "recovery": recovery}, status=status)


async def _set_up_page(
    request: AnyRequest, pending: Pending, form: Form[CodeForm], *, status: int = 200
) -> Response[str] | Response[None]:
    try:
        enrolment = await second_factor.read_enrolment(
            platform_of(request), pending.account_id, pending.id_hash
        )
    except NotFound:
        return _again()  # another browser began anew
    values = {"form": form, "enrolment": enrolment, "email": pending.email}
    return page(request, "accounts/set_up_signing_in.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (code_page, give_code, set_up_page, set_up)
