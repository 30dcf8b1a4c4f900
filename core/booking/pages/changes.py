"""By the stable link: another hour, another way to meet, or nothing at all. A GET only ever shows; a POST does."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import by_link
from core.booking.holds import SlotTaken
from core.booking.judge import RulesRefused
from core.booking.links import read_token
from core.booking.pages.appointment import appointment_values
from core.booking.pages.common import count_by_link, mode_phrases, taken_page
from core.booking.pages.week import read_monday, week_values
from core.booking.rules import phone_shown
from core.booking.search import Sought, mode_of, read_bookable
from core.booking.service import NewChannel, cancel, change_channel, list_channels, move
from core.booking.views import read_view
from core.booking.weeks import week
from core.catalogue import taxonomy
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError, Refused
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect
from core.web.templating import moment


class MoveForm(msgspec.Struct, frozen=True, kw_only=True):
    """The new start."""

    debut: Annotated[datetime, Meta(tz=True)]


class ChannelForm(msgspec.Struct, frozen=True, kw_only=True):
    """The new way to meet, and the contact that it needs."""

    channel: str
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""


class CancelForm(msgspec.Struct, frozen=True, kw_only=True):
    """Why, and a word for the advisor, if one likes."""

    kind: str = ""
    reason: Annotated[str, Meta(max_length=500)] = ""


async def _open(request: AnyRequest, token: str) -> tuple[Platform, AppointmentView]:
    platform = platform_of(request)
    if request.method == "POST":
        await count_by_link(request, platform, token)
    return platform, await read_view(platform, await read_token(platform, token))


@get("/rdv/{token:str}/deplacer", guards=[by_link], include_in_schema=False)
async def move_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The week again; with `vers`, the question before it is done."""
    platform, view = await _open(request, token)
    form = parse(MoveForm, {"debut": request.query_params.get("vers", "")})
    return await _move_page(request, platform, token, view, chosen=form.data)


async def _move_page(
    request: AnyRequest,
    platform: Platform,
    token: str,
    view: AppointmentView,
    *,
    chosen: MoveForm | None = None,
    refusal: str = "",
) -> Response[str]:
    values = appointment_values(platform, token, view)
    if values["may_change"]:
        structure = await read_bookable(platform, structure_id=view.structure.id)
        sought = _sought(platform, view)
        shown = await week(platform, structure, sought, read_monday(request))
        values.update(week_values(platform, structure, shown))
    values.update(
        chosen=chosen.debut if chosen else None,
        refusal=refusal,
        phrases=mode_phrases(),
        address=f"/rdv/{token}/deplacer?",
        move_path=f"/rdv/{token}/deplacer",
    )
    return page(request, "booking/move.html", values, status=422 if refusal else 200)


def _sought(platform: Platform, view: AppointmentView) -> Sought:
    return Sought(
        structure_id=view.structure.id,
        mode=mode_of(platform, view.channel),
        site_id=view.site.id if view.site else None,
        but=view.starts_at,
    )


@post("/rdv/{token:str}/deplacer", guards=[by_link], include_in_schema=False, status_code=303)
async def do_move(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Moves. A slot lost meanwhile leaves the appointment where it was."""
    platform, view = await _open(request, token)
    chosen = parse(MoveForm, await request.form()).data
    if chosen is None:
        return redirect(f"/rdv/{token}/deplacer")
    try:
        moved = await move(platform, view.id, chosen.debut)
    except SlotTaken as refusal:
        refusal.choices = [c for c in refusal.choices if c.structure_id == view.structure.id]
        path = f"/rdv/{token}/deplacer"
        return taken_page(request, refusal, move_path=path, back=path)
    except FriendlyError as refusal:
        return await _move_page(request, platform, token, view, refusal=refusal.message)
    word = _("C’est déplacé : rendez-vous %(moment)s.") % {"moment": moment(moved.starts_at)}
    return redirect(f"/rdv/{token}", flash=word)


@get("/rdv/{token:str}/canal", guards=[by_link], include_in_schema=False)
async def channel_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The other ways to meet at the same hour."""
    platform, view = await _open(request, token)
    known = {"email": view.youth.email, "phone": phone_shown(view.youth.phone)}
    return await _channel_page(request, platform, token, view, Form(known))


async def _channel_page(
    request: AnyRequest,
    platform: Platform,
    token: str,
    view: AppointmentView,
    form: Form[Any],
) -> Response[str]:
    options = await list_channels(platform, view)
    values = {
        **appointment_values(platform, token, view),
        "form": form,
        "options": options,
        "modes": {mode_of(platform, key) for key, _label in options},
    }
    return page(request, "booking/channel.html", values, status=422 if form.errors else 200)


@post("/rdv/{token:str}/canal", guards=[by_link], include_in_schema=False, status_code=303)
async def do_change_channel(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Changes how they meet; the hour stays."""
    platform, view = await _open(request, token)
    form = parse(ChannelForm, await request.form())
    if form.data is None:
        return await _channel_page(request, platform, token, view, form)
    new = NewChannel(channel=form.data.channel, email=form.data.email, phone=form.data.phone)
    try:
        changed = await change_channel(platform, view.id, new)
    except RulesRefused as refusal:
        for said in refusal.refusals:
            form.errors[said.field] = said.message
        return await _channel_page(request, platform, token, view, form)
    except FriendlyError as refusal:
        return await _channel_page(request, platform, token, view, form.refuse(refusal))
    word = _("C’est changé, à la même heure : %(channel)s.") % {"channel": _(changed.channel_label)}
    return redirect(f"/rdv/{token}", flash=word)


@get("/rdv/{token:str}/annuler", guards=[by_link], include_in_schema=False)
async def cancel_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The question. Programs that open the links of e-mails change nothing here."""
    platform, view = await _open(request, token)
    return _cancel_page(request, platform, token, view, Form())


def _cancel_page(
    request: AnyRequest,
    platform: Platform,
    token: str,
    view: AppointmentView,
    form: Form[Any],
) -> Response[str]:
    values = {
        **appointment_values(platform, token, view),
        "form": form,
        "reasons": taxonomy.options("cancel_reasons"),
    }
    return page(request, "booking/cancel.html", values, status=422 if form.errors else 200)


@post("/rdv/{token:str}/annuler", guards=[by_link], include_in_schema=False, status_code=303)
async def do_cancel(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Cancels; a second time leads to the same page."""
    platform, view = await _open(request, token)
    form = parse(CancelForm, await request.form())
    if form.data is not None and form.data.kind not in {"", *taxonomy.entries("cancel_reasons")}:
        form.refuse(Refused(_("Choisissez une raison de la liste, ou aucune."), field="kind"))
    if form.data is None:
        return _cancel_page(request, platform, token, view, form)
    try:
        await cancel(platform, view.id, reason=form.data.reason, kind=form.data.kind)
    except FriendlyError as refusal:
        return _cancel_page(request, platform, token, view, form.refuse(refusal))
    return redirect(f"/rdv/{token}")


routes: tuple[ControllerRouterHandler, ...] = (
    move_page,
    do_move,
    channel_page,
    do_change_channel,
    cancel_page,
    do_cancel,
)
