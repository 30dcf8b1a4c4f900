"""One appointment on a staff member's screen: where it stands, every move of it, what was sent. Nothing here changes it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.booking import history, wording
from core.booking.alikes import read_alike
from core.booking.calendar import where
from core.booking.handling import as_seen, may_name, read_to_handle
from core.booking.referrals import read_referral
from core.booking.rules import phone_shown
from core.booking.search import mode_of
from core.contracts.booking import AppointmentView
from core.notices import service as notices
from core.notices import words
from core.notices.preview import Planned, foretell
from core.platform import Platform
from core.privacy import audit
from core.web.forms import Form
from core.web.pages import AnyRequest, page, platform_of, staff_of

HERE = "/rendez-vous/{appointment_id:uuid}"


@get(HERE, guards=[advisor], include_in_schema=False)
async def see(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """The appointment, its moves, what was sent, and what may be done. Who reads a name leaves a trace."""
    platform = platform_of(request)
    user = staff_of(request)
    view = await read_to_handle(platform, user, appointment_id)
    named = may_name(user, view)
    if named:
        await audit.record_hourly(
            platform,
            user,
            "appointment.opened",
            structure_id=view.structure.id,
            target=str(view.id),
        )
    values = {
        **await origin_values(platform, view, named=named),
        "may_erase": user.manages(view.structure.id),
        "timeline": wording.timeline(await history.list_steps(platform, view.id)),
        "receipts": await notices.receipts(platform, view.id),
        "kind_label": words.kind_label,
        "audience_label": words.audience_label,
        "state_label": words.state_label,
    }
    return handled_page(request, "booking/handled.html", view, values)


async def origin_values(
    platform: Platform, view: AppointmentView, *, named: bool
) -> dict[str, Any]:
    """Who made it for the youth and, for who may know, somebody who may be the same person."""
    referral = await read_referral(platform, view.id) if view.origin == "referral" else None
    alike = await read_alike(platform, view.id) if referral and named else None
    return {"referral": referral, "alike": alike}


def handled_page(
    request: AnyRequest,
    template: str,
    view: AppointmentView,
    values: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response[str]:
    """A page about one appointment, with what every such page knows."""
    platform, user = platform_of(request), staff_of(request)
    now = platform.clock.now()
    over = view.ends_at <= now
    label, tone = wording.status_words(view.status, over=over)
    common = {
        "view": as_seen(user, view),
        "named": may_name(user, view),
        "mode": mode_of(platform, view.channel),
        "where": where(view),
        "phone_shown": phone_shown,
        "here": f"/rendez-vous/{view.id}",
        "state_words": label,
        "state_tone": tone,
        "changeable": view.status == "booked" and not over,
        "reopenable": view.cancelled and view.starts_at > now,
    }
    return page(request, template, {**common, **values}, status=status)


async def check_page(
    request: AnyRequest,
    view: AppointmentView,
    plan: Planned,
    what: str,
    form: Form[Any],
) -> Response[str]:
    """What was chosen, what it will send, and the button that does it: the form again, one step further."""
    told = await foretell(platform_of(request), staff_of(request), {view.id: plan})
    values = {
        "what": what,
        "told": told.get(view.id, ()),
        "sent": {name: value for name, value in form.values.items() if name != "step"},
        "action": request.url.path,
    }
    return handled_page(request, "booking/handle_check.html", view, values)


routes: tuple[ControllerRouterHandler, ...] = (see,)
