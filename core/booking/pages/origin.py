"""Where an appointment comes from: the youth says that it suits; staff say whether it is somebody whom they know."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor, by_link
from core.booking.agreement import agree
from core.booking.alikes import settle_alike
from core.booking.handling import may_name, read_to_handle
from core.booking.links import read_token
from core.booking.pages.common import count_by_link
from core.errors import FriendlyError, NotFound
from core.web.forms import parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of


class AlikeForm(msgspec.Struct, frozen=True, kw_only=True):
    """Same person, or another."""

    who: Annotated[str, Meta(pattern="^(same|other)$")]


@post("/rdv/{token:str}/convient", guards=[by_link], include_in_schema=False, status_code=303)
async def suits(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """What another booked suits the youth; a second time changes nothing."""
    platform = platform_of(request)
    await count_by_link(request, platform, token)
    await agree(platform, await read_token(platform, token))
    return redirect(f"/rdv/{token}", flash=_("Merci, c’est confirmé : on vous attend."))


@post(
    "/rendez-vous/{appointment_id:uuid}/personne",
    guards=[advisor],
    include_in_schema=False,
    status_code=303,
)
async def compare(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Settles whether it is somebody whom the structure knows."""
    platform, user = platform_of(request), staff_of(request)
    view = await read_to_handle(platform, user, appointment_id)
    if not may_name(user, view):
        raise NotFound("who comes is for the structure to know")
    form = parse(AlikeForm, await request.form())
    here = f"/rendez-vous/{appointment_id}"
    if form.data is None:
        return redirect(here, flash=_("Choisissez l’une des deux réponses."), tone="bad")
    same = form.data.who == "same"
    try:
        await settle_alike(platform, user, appointment_id, same=same)
    except FriendlyError as refusal:
        return redirect(here, flash=refusal.message, tone="bad")
    return redirect(
        here,
        flash=_("C’est noté : la même personne.") if same else _("C’est noté : deux personnes."),
    )


routes: tuple[ControllerRouterHandler, ...] = (suits, compare)
