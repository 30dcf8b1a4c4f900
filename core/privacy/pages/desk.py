"""Erasure for a youth who asked their structure: by its manager, or the coordination."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.booking.handling import as_seen, may_name
from core.booking.views import read_view
from core.errors import FriendlyError
from core.privacy import erasure
from core.privacy.pages.own import Sure
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

HERE = "/rendez-vous/{appointment_id:uuid}/effacer"


@get(HERE, guards=[manager], include_in_schema=False)
async def ask(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """What would go. Nothing happens here."""
    return await _page(request, appointment_id, Form())


@post(HERE, guards=[manager], include_in_schema=False, status_code=303)
async def erase(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """It all goes, at once; the appointment stays, without a word on who came."""
    form = parse(Sure, await request.form())
    if not form.value("sure"):
        form.errors["sure"] = _("Cochez la case : ce qui est effacé ne revient pas.")
        return await _page(request, appointment_id, form)
    try:
        await erasure.erase_for_youth(platform_of(request), staff_of(request), appointment_id)
    except FriendlyError as refusal:
        return await _page(request, appointment_id, form.refuse(refusal))
    return redirect(
        f"/rendez-vous/{appointment_id}", flash=_("C’est effacé : plus rien ne dit qui est venu.")
    )


async def _page(request: AnyRequest, appointment_id: UUID, form: Form[Any]) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    owner = await erasure.read_managed(platform, user, appointment_id)
    view = await read_view(platform, appointment_id)
    values = {
        "form": form,
        "view": as_seen(user, view),
        "named": may_name(user, view),
        "count": len(owner.appointment_ids),
    }
    return page(request, "privacy/desk.html", values, status=422 if form.errors else 200)


routes: tuple[ControllerRouterHandler, ...] = (ask, erase)
