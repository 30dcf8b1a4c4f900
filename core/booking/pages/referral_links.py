"""The links of other bodies, for managers and the coordination: made, sent on, counted, ended."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import CurrentUser, manager
from core.booking.links import referral_path
from core.booking.referral_links import NewLink, create_link, list_links, may_manage, revoke_link
from core.clock import local_date
from core.errors import FriendlyError
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_PATH = "/reseau/orientation"
_A_YEAR = timedelta(days=365)


class LinkForm(msgspec.Struct, frozen=True, kw_only=True):
    """A new link. Without a structure it books anywhere."""

    body: Annotated[str, Meta(min_length=2, max_length=120)]
    email: Annotated[str, Meta(max_length=254)] = ""
    structure: UUID | None = None
    expires_on: date


@get(_PATH, guards=[manager], include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The links, and the form of a new one."""
    platform = platform_of(request)
    in_a_year = local_date(platform.clock.now(), platform.zone) + _A_YEAR
    return await _page(request, Form({"expires_on": in_a_year}))


@post(_PATH, guards=[manager], include_in_schema=False, status_code=303)
async def create(request: AnyRequest) -> Response[Any]:
    """Makes a link."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(LinkForm, await request.form())
    if form.data is None:
        return await _page(request, form)
    new = NewLink(
        body=" ".join(form.data.body.split()),
        email=form.data.email,
        structure_id=form.data.structure,
        expires_on=form.data.expires_on,
    )
    try:
        await create_link(platform, user, new)
    except FriendlyError as refusal:
        return await _page(request, form.refuse(refusal))
    word = _("Le lien de %(body)s est prêt : copiez-le, ou envoyez-le.") % {"body": new.body}
    return redirect(_PATH, flash=word)


@post(
    f"{_PATH}/{{link_id:uuid}}/fermer", guards=[manager], include_in_schema=False, status_code=303
)
async def revoke(request: AnyRequest, link_id: FromPath[UUID]) -> Response[Any]:
    """Ends a link; what it booked stands."""
    link = await revoke_link(platform_of(request), staff_of(request), link_id)
    word = _("Le lien de %(body)s est fermé. Les rendez-vous pris restent.") % {"body": link.body}
    return redirect(_PATH, flash=word)


async def _page(request: AnyRequest, form: Form[Any]) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    links = await list_links(platform, user)
    today = local_date(platform.clock.now(), platform.zone)
    public = platform.settings.public_url
    values = {
        "form": form,
        "structures": await _structures(platform, user),
        "everywhere": may_manage(user, None),
        "open_links": [
            (link, public + referral_path(platform, link.id))
            for link in links
            if link.is_open(today)
        ],
        "ended_links": [link for link in links if not link.is_open(today)],
    }
    return page(request, "booking/referral_links.html", values, status=422 if form.errors else 200)


async def _structures(platform: Platform, user: CurrentUser) -> list[tuple[str, str]]:
    """The active structures that the user manages."""
    snapshot = await platform.plugins.current()
    found = [ref for ref in snapshot.structures.values() if user.manages(ref.id)]
    return [(str(ref.id), ref.name) for ref in sorted(found, key=lambda ref: ref.name)]


routes: tuple[ControllerRouterHandler, ...] = (show, create, revoke)
