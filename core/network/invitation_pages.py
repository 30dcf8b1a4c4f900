"""The page behind an invitation's link. A GET only shows; the POST takes one's place."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import by_link
from core.accounts.entering import enter
from core.accounts.passwords import MIN_LENGTH
from core.accounts.sessions import close_session, open_session
from core.errors import FriendlyError
from core.network.invitations import Invitation, accept, read_invitation
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, user_of

_WINDOW_SECONDS = 300


class AcceptForm(msgspec.Struct, frozen=True, kw_only=True):
    """A password of one's own, typed twice; empty for who has one."""

    password: Annotated[str, Meta(max_length=1000)] = ""
    again: Annotated[str, Meta(max_length=1000)] = ""


@get("/invitation/{token:str}", guards=[by_link], include_in_schema=False)
async def invitation_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Who invites, to be what, and what to do to accept."""
    invitation = await read_invitation(platform_of(request), token)
    return _page(request, token, invitation, Form())


def _page(
    request: AnyRequest,
    token: str,
    invitation: Invitation,
    form: Form[Any],
    *,
    status: int = 200,
) -> Response[str]:
    user = user_of(request)
    values = {
        "invitation": invitation,
        "form": form,
        "here": f"/invitation/{token}",
        "min_length": MIN_LENGTH,
        "is_them": user is not None and user.account_id == invitation.account_id,
    }
    return page(request, "network/invitation.html", values, status=status)


@post("/invitation/{token:str}", guards=[by_link], include_in_schema=False, status_code=303)
async def do_accept(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Takes one's place: with a first password, or as the account that is signed in."""
    platform, user = platform_of(request), user_of(request)
    invitation = await read_invitation(platform, token)
    await throttle.check(
        platform, f"invitation:{throttle.address_of(request)}", 30, _WINDOW_SECONDS
    )
    if invitation.has_password and (user is None or user.account_id != invitation.account_id):
        return redirect(f"/connexion?suite=/invitation/{token}")
    form = parse(AcceptForm, await request.form())
    if form.data is None or form.data.password != form.data.again:
        form.errors.setdefault("again", _("Les deux mots de passe diffèrent."))
        return _page(request, token, invitation, form, status=422)
    try:
        await accept(platform, invitation, form.data.password)
    except FriendlyError as refusal:
        return _page(request, token, invitation, form.refuse(refusal), status=422)
    word = _("Bienvenue dans l’équipe %(structure)s !") % {"structure": invitation.structure}
    response = redirect("/agenda", flash=word)
    if not invitation.has_password:
        if user is not None:
            await close_session(platform, user.session_id)
        if (await enter(platform, invitation.account_id, "")).next != "open":
            return redirect("/connexion", flash=word)  # a second factor is asked there
        agent = request.headers.get("user-agent", "")
        response.set_cookie(await open_session(platform, invitation.account_id, agent))
    return response


routes: tuple[ControllerRouterHandler, ...] = (invitation_page, do_accept)
