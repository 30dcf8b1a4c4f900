"""One's own second factor: setting it up, another telephone, fresh recovery codes, doing without."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import second_factor, service
from core.accounts.access import advisor
from core.accounts.pages.common import browser_of, home, local_path, too_many
from core.accounts.sessions import open_session
from core.errors import FriendlyError, NotFound
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/compte/second-facteur"
_SET_UP = f"{_HERE}/telephone"


class BeginForm(msgspec.Struct, frozen=True, kw_only=True):
    """The password again, unless one has just signed in."""

    password: Annotated[str, Meta(max_length=1000)] = ""
    suite: Annotated[str, Meta(max_length=500)] = ""


class ConfirmForm(msgspec.Struct, frozen=True, kw_only=True):
    """The code that the telephone shows."""

    code: Annotated[str, Meta(max_length=100)]
    suite: Annotated[str, Meta(max_length=500)] = ""


class ChangeForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is changed, and a code that proves who asks."""

    code: Annotated[str, Meta(max_length=100)]
    deed: Literal["telephone", "codes", "remove"]


@get(_HERE, guards=[advisor], include_in_schema=False)
async def factor_page(request: AnyRequest, suite: FromQuery[str] = "") -> Response[str]:
    """What a second factor is, or the one in force and what may be done about it. `suite`: where one was going."""
    return await _factor_page(request, Form({"suite": local_path(suite)}))


@post(_HERE, guards=[advisor], include_in_schema=False, status_code=303)
async def begin(request: AnyRequest) -> Response[Any]:
    """Prepares the secret of a first telephone, for who proves to be themselves."""
    platform, user = platform_of(request), staff_of(request)
    _ensure_asked(request)
    if await second_factor.read_factor(platform, user.account_id) is not None:
        return redirect(_HERE)
    form = parse(BeginForm, await request.form())
    if form.data is None:
        return await _factor_page(request, form, status=422)
    try:
        if not await service.signed_in_lately(platform, user):
            await service.check_own_password(platform, user, form.data.password, "password")
    except TooManyRequestsException as error:
        form.errors["password"] = too_many(error)
        return await _factor_page(request, form, status=429)
    except FriendlyError as refusal:
        return await _factor_page(request, form.refuse(refusal), status=422)
    await second_factor.begin(platform, user.account_id, user.session_id)
    return redirect(f"{_SET_UP}?suite={quote(local_path(form.data.suite), safe='/')}")


@get(_SET_UP, guards=[advisor], include_in_schema=False)
async def set_up_page(request: AnyRequest, suite: FromQuery[str] = "") -> Response[Any]:
    """The secret to put on a telephone."""
    return await _set_up_page(request, Form({"suite": local_path(suite)}))


@post(_SET_UP, guards=[advisor], include_in_schema=False, status_code=200)
async def confirm(request: AnyRequest) -> Response[Any]:
    """Puts it in force: the recovery codes are shown, this once."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(ConfirmForm, await request.form())
    if form.data is None:
        return await _set_up_page(request, form, status=422)
    try:
        fresh = await second_factor.confirm(
            platform, user.account_id, user.session_id, form.data.code
        )
    except NotFound:
        return _too_late()
    except TooManyRequestsException as error:
        form.errors["code"] = too_many(error)
        return await _set_up_page(request, form, status=429)
    except FriendlyError as refusal:
        return await _set_up_page(request, form.refuse(refusal), status=422)
    suite = local_path(form.data.suite) or home(coordination=user.is_coordination)
    response = page(request, "accounts/recovery.html", {"codes": fresh, "suite": suite})
    response.set_cookie(
        await open_session(platform, user.account_id, browser_of(request), proved=True)
    )
    return response


@post(f"{_HERE}/changer", guards=[advisor], include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> Response[Any]:
    """Another telephone, fresh recovery codes, or none any more: after a code."""
    platform, user = platform_of(request), staff_of(request)
    _ensure_asked(request)
    form = parse(ChangeForm, await request.form())
    if form.data is None:
        return await _factor_page(request, form, status=422)
    try:
        await second_factor.prove(platform, user.account_id, form.data.code)
        return await _do(request, form.data.deed)
    except TooManyRequestsException as error:
        form.errors["code"] = too_many(error)
        return await _factor_page(request, form, status=429)
    except FriendlyError as refusal:
        return await _factor_page(request, form.refuse(refusal), status=422)


async def _do(request: AnyRequest, deed: str) -> Response[Any]:
    platform, user = platform_of(request), staff_of(request)
    if deed == "telephone":
        await second_factor.begin(platform, user.account_id, user.session_id)
        return redirect(_SET_UP)
    if deed == "codes":
        fresh = await second_factor.renew_codes(platform, user)
        return page(request, "accounts/recovery.html", {"codes": fresh, "suite": "/compte"})
    await second_factor.remove(platform, user)
    word = _("Le second facteur est retiré : votre mot de passe suffit.")
    return redirect("/compte#second-facteur", flash=word)


def _ensure_asked(request: AnyRequest) -> None:
    coordination = staff_of(request).is_coordination
    if second_factor.policy_for(platform_of(request), coordination=coordination) == "off":
        raise NotFound("no second factor here")


def _too_late() -> Response[None]:
    word = _("La mise en place n’attend qu’un quart d’heure : recommencez.")
    return redirect(_HERE, flash=word, tone="info")


async def _factor_page(request: AnyRequest, form: Form[Any], *, status: int = 200) -> Response[str]:
    _ensure_asked(request)
    platform, user = platform_of(request), staff_of(request)
    values = {
        "form": form,
        "factor": await second_factor.read_factor(platform, user.account_id),
        "policy": second_factor.policy_for(platform, coordination=user.is_coordination),
        "due_at": await service.factor_due_at(platform, user),
        "lately": await service.signed_in_lately(platform, user),
    }
    return page(request, "accounts/factor.html", values, status=status)


async def _set_up_page(request: AnyRequest, form: Form[Any], *, status: int = 200) -> Response[Any]:
    platform, user = platform_of(request), staff_of(request)
    try:
        enrolment = await second_factor.read_enrolment(platform, user.account_id, user.session_id)
    except NotFound:
        return _too_late()
    values = {"form": form, "enrolment": enrolment, "email": user.email}
    return page(request, "accounts/set_up.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (factor_page, begin, set_up_page, confirm, change)
