"""Sign-in, sign-out, and the page of one's own account."""

import re
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import service
from core.accounts.access import advisor, anyone
from core.accounts.passwords import MIN_LENGTH
from core.accounts.sessions import COOKIE, close_all_sessions, close_session, open_session
from core.demo.accounts import demo_accounts
from core.errors import FriendlyError, NotFound
from core.notices.preferences import (
    Preferences,
    level_labels,
    read_preferences,
    write_preferences,
)
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of, user_of

_LOCAL_PATH = re.compile(r"^/(?![/\\])[^\x00-\x1f\\]*$")
_WINDOW_SECONDS = 300
_BROWSERS = ("Edg/Edge", "OPR/Opera", "Firefox/Firefox", "Chrome/Chrome", "Safari/Safari")
_SYSTEMS = ("iPhone/iPhone", "iPad/iPad", "Android/Android", "Windows/Windows", "Mac OS X/macOS")


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-in form."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]
    suite: Annotated[str, Meta(max_length=500)] = ""


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new password, typed twice."""

    current: Annotated[str, Meta(max_length=1000)]
    password: Annotated[str, Meta(max_length=1000)]
    again: Annotated[str, Meta(max_length=1000)]


def local_path(suite: str) -> str:
    """`suite` when it is a path of ours, else an empty string: a sign-in never leads elsewhere."""
    return suite if _LOCAL_PATH.match(suite) else ""


def describe_browser(user_agent: str) -> str:
    """« Firefox, Windows »: enough to know one's own browser again."""
    known = [
        next((entry.split("/")[1] for entry in entries if entry.split("/")[0] in user_agent), "")
        for entries in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, known)) or _("Navigateur inconnu")


@get("/connexion", guards=[anyone], include_in_schema=False)
async def sign_in_page(
    request: AnyRequest, suite: FromQuery[str] = "", compte: FromQuery[str] = ""
) -> Response[str] | Response[None]:
    """The sign-in form; of a demonstration, with its accounts, `compte` being the one to fill in."""
    user = user_of(request)
    if user is not None:
        return redirect(local_path(suite) or _home(coordination=user.is_coordination))
    return await _sign_in(
        request, Form({"email": compte, "suite": local_path(suite)}), filled=bool(compte)
    )


@post("/connexion", guards=[anyone], include_in_schema=False)
async def sign_in(request: AnyRequest) -> Response[str] | Response[None]:
    """Checks the password and opens a session, with a fresh cookie."""
    platform = platform_of(request)
    form = parse(SignIn, await request.form())
    if form.data is None:
        return await _sign_in(request, form, status=422)
    try:
        await throttle.check(
            platform, f"sign-in:address:{throttle.address_of(request)}", 50, _WINDOW_SECONDS
        )
        await throttle.check(
            platform, f"sign-in:account:{form.data.email.lower()}", 10, _WINDOW_SECONDS
        )
        account_id = await service.check_password(platform, form.data.email, form.data.password)
    except TooManyRequestsException as error:
        seconds = int((error.headers or {}).get("retry-after", _WINDOW_SECONDS))
        minutes = -(-seconds // 60)
        form.errors[""] = ngettext(
            "Trop d’essais en peu de temps : réessayez dans une minute.",
            "Trop d’essais en peu de temps : réessayez dans %(num)d minutes.",
            minutes,
        ) % {"num": minutes}
        return await _sign_in(request, form, status=429, headers=error.headers)
    except FriendlyError as refusal:
        return await _sign_in(request, form.refuse(refusal), status=422)
    previous = user_of(request)
    if previous is not None:
        await close_session(platform, previous.session_id)
    row = await platform.db.fetch_one("SELECT region_role FROM account WHERE id = $1", account_id)
    target = local_path(form.data.suite) or _home(
        coordination=row is not None and row["region_role"] is not None
    )
    response = redirect(target)
    response.set_cookie(
        await open_session(platform, account_id, request.headers.get("user-agent", ""))
    )
    return response


@post("/deconnexion", guards=[anyone], include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[None]:
    """Ends the session, if there is one."""
    user = user_of(request)
    if user is not None:
        await close_session(platform_of(request), user.session_id)
    response = redirect("/connexion", flash=_("Vous êtes déconnecté·e. À bientôt !"))
    response.delete_cookie(COOKIE)
    return response


@get("/compte", guards=[advisor], include_in_schema=False)
async def account_page(request: AnyRequest) -> Response[str]:
    """Who one is here, what one wants to hear of, one's password and one's open sessions."""
    return await _account(request, Form())


@post("/compte/mot-de-passe", guards=[advisor], include_in_schema=False)
async def change_password(request: AnyRequest) -> Response[str] | Response[None]:
    """Changes the password; every other browser is signed out, this one gets a fresh session."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(NewPassword, await request.form())
    if form.data is None:
        return await _account(request, form, status=422)
    if form.data.password != form.data.again:
        form.errors["again"] = _("Les deux nouveaux mots de passe diffèrent.")
        return await _account(request, form, status=422)
    await throttle.check(platform, f"password:{user.account_id}", 10, _WINDOW_SECONDS)
    try:
        await service.change_own_password(platform, user, form.data.current, form.data.password)
    except FriendlyError as refusal:
        return await _account(request, form.refuse(refusal), status=422)
    response = redirect(
        "/compte", flash=_("Mot de passe changé. Vos autres navigateurs sont déconnectés.")
    )
    response.set_cookie(
        await open_session(platform, user.account_id, request.headers.get("user-agent", ""))
    )
    return response


@post("/compte/messages", guards=[advisor], include_in_schema=False)
async def choose_notices(request: AnyRequest) -> Response[None]:
    """Keeps what an advisor wants to hear of."""
    platform, user = platform_of(request), staff_of(request)
    if user.advisor_id is None:
        raise NotFound("not an advisor")
    chosen = parse(Preferences, await request.form()).data
    if chosen is None:
        word = _("Choisissez un des quatre niveaux.")
        return redirect("/compte#messages", flash=word, tone="bad")
    await write_preferences(platform, user.advisor_id, chosen)
    return redirect("/compte#messages", flash=_("C’est noté pour les prochains messages."))


@post("/compte/sessions/fermer", guards=[advisor], include_in_schema=False)
async def close_sessions(request: AnyRequest) -> Response[None]:
    """Signs out everywhere, here too."""
    await close_all_sessions(platform_of(request), staff_of(request).account_id)
    return redirect("/connexion", flash=_("Vous êtes déconnecté·e partout."))


@post("/compte/sessions/{key:str}/fermer", guards=[advisor], include_in_schema=False)
async def close_one_session(request: AnyRequest, key: FromPath[str]) -> Response[None]:
    """Signs out one browser."""
    await service.close_own_session(platform_of(request), staff_of(request), key)
    return redirect("/compte", flash=_("Ce navigateur est déconnecté."))


def _home(*, coordination: bool) -> str:
    return "/reseau" if coordination else "/agenda"


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


async def _account(
    request: AnyRequest, form: Form[NewPassword], *, status: int = 200
) -> Response[str]:
    user = staff_of(request)
    sessions = await service.list_sessions(platform_of(request), user)
    chosen = await read_preferences(platform_of(request), user.advisor_id)
    values = {
        "form": form,
        "notices": Form(msgspec.structs.asdict(chosen)) if chosen else None,
        "levels": list(level_labels().items()),
        "min_length": MIN_LENGTH,
        "sessions": [(session, describe_browser(session.user_agent)) for session in sessions],
    }
    return page(request, "accounts/account.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    sign_in_page,
    sign_in,
    sign_out,
    account_page,
    change_password,
    choose_notices,
    close_sessions,
    close_one_session,
)
