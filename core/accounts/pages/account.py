"""The page of one's own account: what one hears of, the password, where one is signed in."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import service
from core.accounts.access import advisor
from core.accounts.devices import forget_device, list_devices
from core.accounts.pages.common import browser_of, describe_browser, too_many
from core.accounts.passwords import MIN_LENGTH
from core.accounts.second_factor import policy_for, read_factor
from core.accounts.sessions import close_all_sessions, open_session
from core.errors import FriendlyError, NotFound
from core.notices.preferences import (
    Preferences,
    level_labels,
    read_preferences,
    write_preferences,
)
from core.notices.reach import reaches
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new password, typed twice."""

    current: Annotated[str, Meta(max_length=1000)]
    password: Annotated[str, Meta(max_length=1000)]
    again: Annotated[str, Meta(max_length=1000)]


@get("/compte", guards=[advisor], include_in_schema=False)
async def account_page(request: AnyRequest) -> Response[str]:
    """Who one is here, what one wants to hear of, one's password, second factor and open sessions."""
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
    try:
        await service.change_own_password(platform, user, form.data.current, form.data.password)
    except TooManyRequestsException as error:
        form.errors[""] = too_many(error)
        return await _account(request, form, status=429)
    except FriendlyError as refusal:
        return await _account(request, form.refuse(refusal), status=422)
    response = redirect(
        "/compte", flash=_("Mot de passe changé. Vos autres navigateurs sont déconnectés.")
    )
    response.set_cookie(
        await open_session(platform, user.account_id, browser_of(request), proved=user.proved)
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


@post("/compte/sessions/autres/fermer", guards=[advisor], include_in_schema=False)
async def close_other_sessions(request: AnyRequest) -> Response[None]:
    """Signs out everywhere but here."""
    user = staff_of(request)
    await close_all_sessions(platform_of(request), user.account_id, but=user.session_id)
    word = _("Les autres navigateurs sont déconnectés.")
    return redirect("/compte#sessions", flash=word)


@post("/compte/sessions/{key:str}/fermer", guards=[advisor], include_in_schema=False)
async def close_one_session(request: AnyRequest, key: FromPath[str]) -> Response[None]:
    """Signs out one browser."""
    await service.close_own_session(platform_of(request), staff_of(request), key)
    return redirect("/compte#sessions", flash=_("Ce navigateur est déconnecté."))


@post("/compte/appareils/{device_id:uuid}/oublier", guards=[advisor], include_in_schema=False)
async def forget_one_device(request: AnyRequest, device_id: FromPath[UUID]) -> Response[None]:
    """Asks the code again of one browser that was trusted."""
    await forget_device(platform_of(request), staff_of(request), device_id)
    word = _("C’est fait : le code y sera de nouveau demandé.")
    return redirect("/compte#second-facteur", flash=word)


async def _account(
    request: AnyRequest, form: Form[NewPassword], *, status: int = 200
) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    chosen = await read_preferences(platform, user.advisor_id)
    values = {
        "form": form,
        "notices": Form(msgspec.structs.asdict(chosen)) if chosen else None,
        "levels": list(level_labels().items()),
        "is_reached": await reaches(platform, [m.structure_id for m in user.memberships]),
        "min_length": MIN_LENGTH,
        "policy": policy_for(platform, coordination=user.is_coordination),
        "factor": await read_factor(platform, user.account_id),
        "devices": [
            (device, describe_browser(device.user_agent))
            for device in await list_devices(platform, user.account_id)
        ],
        "sessions": [
            (session, describe_browser(session.user_agent))
            for session in await service.list_sessions(platform, user)
        ],
    }
    return page(request, "accounts/account.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    account_page,
    change_password,
    choose_notices,
    close_sessions,
    close_other_sessions,
    close_one_session,
    forget_one_device,
)
