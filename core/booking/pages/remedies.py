"""Two more things that staff do with one appointment: meet otherwise at the same hour, take a cancellation back."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor
from core.booking.handling import as_seen, ensure_unchanged, read_to_handle
from core.booking.judge import RulesRefused
from core.booking.pages.handled import HERE, check_page, handled_page
from core.booking.rules import phone_shown
from core.booking.search import mode_of
from core.booking.service import NewChannel, change_channel, list_channels, reopen
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.notices.preview import Planned, foretell
from core.privacy import audit
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of


class OtherWayForm(msgspec.Struct, frozen=True, kw_only=True):
    """Another way to meet, and the contact that it needs."""

    channel: Annotated[str, Meta(max_length=60)]
    sequence: int
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    step: Literal["check", "apply"] = "check"


@get(f"{HERE}/canal", guards=[advisor], include_in_schema=False)
async def other_way_page(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """The other ways to meet at the same hour."""
    user = staff_of(request)
    view = await read_to_handle(platform_of(request), user, appointment_id)
    known = as_seen(user, view).youth
    form: Form[Any] = Form(
        {"sequence": view.sequence, "email": known.email, "phone": phone_shown(known.phone)}
    )
    return await _other_way_page(request, view, form)


async def _other_way_page(
    request: AnyRequest, view: AppointmentView, form: Form[Any], *, status: int = 200
) -> Response[str]:
    platform = platform_of(request)
    options = await list_channels(platform, view)
    modes = {mode_of(platform, key) for key, _label in options}
    return handled_page(
        request,
        "booking/handle_canal.html",
        view,
        {"form": form, "options": options, "modes": modes},
        status=status,
    )


@post(f"{HERE}/canal", guards=[advisor], include_in_schema=False, status_code=200)
async def do_other_way(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """What another way to meet will send; then, confirmed, changes it."""
    platform, user = platform_of(request), staff_of(request)
    view = await read_to_handle(platform, user, appointment_id)
    form = parse(OtherWayForm, await request.form())
    labels = dict(await list_channels(platform, view))
    if form.data is not None and form.data.step == "check" and form.data.channel not in labels:
        form.errors["channel"] = _("Choisissez dans la liste.")
    if form.data is None or form.errors:
        return await _other_way_page(request, view, form, status=422)
    new = NewChannel(channel=form.data.channel, email=form.data.email, phone=form.data.phone)
    if form.data.step == "check":
        plan = Planned(channel=new.channel, email=new.email, phone=new.phone)
        what = _("À la même heure : %(channel)s") % {"channel": labels[new.channel]}
        return await check_page(request, view, plan, what, form)
    try:
        async with platform.db.atomic():
            await ensure_unchanged(platform, view.id, form.data.sequence)
            changed = await change_channel(platform, view.id, new, user=user)
            if user.advisor_id != view.advisor_id:
                await audit.record(
                    platform,
                    user,
                    "appointment.channel_changed",
                    structure_id=view.structure.id,
                    target=str(view.id),
                )
    except RulesRefused as refusal:
        form.errors.update({said.field: said.message for said in refusal.refusals})
        return await _other_way_page(request, view, form, status=422)
    except FriendlyError as refusal:
        view = await read_to_handle(platform, user, appointment_id)
        form.refuse(refusal).values["sequence"] = view.sequence
        return await _other_way_page(request, view, form, status=409)
    word = _("C’est changé, à la même heure : %(channel)s.") % {"channel": _(changed.channel_label)}
    return redirect(f"/rendez-vous/{view.id}", flash=word)


@get(f"{HERE}/retablir", guards=[advisor], include_in_schema=False)
async def again_page(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """What having a cancelled appointment stand again will send."""
    view = await read_to_handle(platform_of(request), staff_of(request), appointment_id)
    return await _again_page(request, view, Form())


async def _again_page(
    request: AnyRequest, view: AppointmentView, form: Form[Any], *, status: int = 200
) -> Response[str]:
    plans = {view.id: Planned(status="booked")} if view.cancelled else {}
    told = await foretell(platform_of(request), staff_of(request), plans)
    values = {"form": form, "told": told.get(view.id, ())}
    return handled_page(request, "booking/handle_again.html", view, values, status=status)


@post(f"{HERE}/retablir", guards=[advisor], include_in_schema=False, status_code=200)
async def do_again(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Has a cancelled appointment stand again, if its hour is still free."""
    platform, user = platform_of(request), staff_of(request)
    view = await read_to_handle(platform, user, appointment_id)
    try:
        await reopen(platform, view.id, user)
    except FriendlyError as refusal:
        return await _again_page(request, view, Form[Any]().refuse(refusal), status=409)
    return redirect(f"/rendez-vous/{view.id}", flash=_("Le rendez-vous est rétabli."))


routes: tuple[ControllerRouterHandler, ...] = (
    other_way_page,
    do_other_way,
    again_page,
    do_again,
)
