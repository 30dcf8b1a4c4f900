"""The accounts of the network, for the coordination; and helping who lost their telephone."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts import second_factor
from core.accounts.access import coordinator
from core.accounts.people import PAGE, list_people
from core.errors import FriendlyError
from core.web.forms import parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/reseau/comptes"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom one looks for."""

    qui: Annotated[str, Meta(max_length=100)] = ""
    page: Annotated[int, Meta(ge=1, le=100_000)] = 1


@get(_HERE, guards=[coordinator], include_in_schema=False)
async def people_page(request: AnyRequest) -> Response[str]:
    """Who may sign in, the coordination first."""
    form = parse(Asked, dict(request.query_params))
    asked = form.data or Asked()
    people, total = await list_people(platform_of(request), asked.qui, asked.page)
    values = {
        "form": form,
        "people": people,
        "total": total,
        "number": asked.page,
        "pages": max(1, -(-total // PAGE)),
        "address": urlencode({"qui": asked.qui}),
        "policy": platform_of(request).settings.accounts,
    }
    return page(request, "accounts/people.html", values, status=422 if form.errors else 200)


@post(
    f"{_HERE}/{{account_id:uuid}}/second-facteur/retirer",
    guards=[coordinator],
    include_in_schema=False,
    status_code=303,
)
async def reset_factor(request: AnyRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """Takes away the factor of who lost theirs: they are signed out, and told."""
    try:
        await second_factor.reset(platform_of(request), staff_of(request), account_id)
    except FriendlyError as refusal:
        return redirect(_HERE, flash=refusal.message, tone="bad")
    word = _("Son second facteur est retiré, et un message le lui dit.")
    return redirect(_HERE, flash=word)


routes: tuple[ControllerRouterHandler, ...] = (people_page, reset_factor)
