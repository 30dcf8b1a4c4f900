"""What staff do with one appointment: hand it over, move it, cancel it. What that will send is shown before it is done."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor
from core.booking.colleagues import list_free_colleagues
from core.booking.handling import read_to_handle
from core.booking.options import colleague_options
from core.booking.pages.handled import HERE, check_page, handled_page
from core.booking.resettle import LONGEST_WORD, Choice, plan_of, read_choice, settle_one
from core.booking.search import list_staff_choices, mode_of
from core.booking.ticket import stamp
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of
from core.web.templating import moment

_DEEDS = [f"{HERE}/{verb}" for verb in ("confier", "deplacer", "annuler")]


class DeedForm(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with an appointment that was read at `sequence`: a value of `resettle.read_choice`, and a word."""

    value: Annotated[str, Meta(max_length=120)]
    sequence: int
    word: Annotated[str, Meta(max_length=LONGEST_WORD)] = ""
    step: Literal["check", "apply"] = "check"


@get(_DEEDS, guards=[advisor], include_in_schema=False)
async def deed_page(
    request: AnyRequest, appointment_id: FromPath[UUID], vers: FromQuery[str] = ""
) -> Response[str]:
    """To whom, to when, or why: the choices of one deed. `vers` is an instant to move to, chosen beforehand where it is free."""
    view = await read_to_handle(platform_of(request), staff_of(request), appointment_id)
    return await _deed_page(request, view, Form({"sequence": view.sequence}), wanted=vers)


async def _deed_page(
    request: AnyRequest,
    view: AppointmentView,
    form: Form[Any],
    *,
    wanted: str = "",
    status: int = 200,
) -> Response[str]:
    platform, verb = platform_of(request), _verb(request)
    values: dict[str, Any] = {"form": form, "longest_word": LONGEST_WORD}
    match verb:
        case "confier":
            free = await list_free_colleagues(platform, staff_of(request), [view])
            options = colleague_options(platform, view, free[view.id])
            offered = any(one.offers and one.same_way for one in free[view.id])
            form.values.setdefault("value", options[0][0] if offered else "")
        case "deplacer":
            options = await _starts(platform, view)
            _choose(form, options, wanted)
        case _:
            options = [
                ("cancel", _("La structure ne peut pas tenir ce rendez-vous")),
                ("cancel:youth", _("La personne a demandé à annuler")),
            ]
            form.values.setdefault("value", "cancel")
    values["options"] = options
    return handled_page(request, f"booking/handle_{verb}.html", view, values, status=status)


def _verb(request: AnyRequest) -> str:
    return request.url.path.rsplit("/", 1)[-1]


async def _starts(platform: Platform, view: AppointmentView) -> list[tuple[str, str]]:
    """The other free starts of the structure, by time; a site is named when one comes in person."""
    present = (view.starts_at, view.site.id if view.site else None)
    choices = await list_staff_choices(platform, view.structure.id, mode_of(platform, view.channel))
    return [
        (
            f"move:{stamp(choice.starts_at)}" + (f"@{choice.site_id}" if choice.site_id else ""),
            moment(choice.starts_at) + (f" · {choice.site}" if choice.site else ""),
        )
        for choice in choices
        if (choice.starts_at, choice.site_id) != present
    ]


def _choose(form: Form[Any], options: list[tuple[str, str]], wanted: str) -> None:
    """Chooses the start that was wanted, or says that it cannot be had."""
    try:
        start = msgspec.convert(wanted, Annotated[datetime, Meta(tz=True)])
    except msgspec.ValidationError:
        return
    value = f"move:{stamp(start)}"
    found = next((one for one, _words in options if one.partition("@")[0] == value), "")
    form.values["value"] = found
    if not found:
        form.errors["value"] = _(
            "Ce moment n’est pas parmi les créneaux libres : %(moment)s. Choisissez-en un autre, ou ouvrez d’abord une plage à cette heure-là."
        ) % {"moment": moment(start)}


@post(_DEEDS, guards=[advisor], include_in_schema=False, status_code=200)
async def do_deed(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """What the deed will send; then, confirmed, does it."""
    platform, user = platform_of(request), staff_of(request)
    view = await read_to_handle(platform, user, appointment_id)
    form = parse(DeedForm, await request.form())
    sent = form.data
    choice = read_choice(sent.value, view.id, sent.sequence, sent.word) if sent else None
    if sent is None or choice is None or choice.deed not in _allowed(_verb(request)):
        form.errors.setdefault("value", _("Choisissez dans la liste."))
        return await _deed_page(request, view, form, status=422)
    if choice.deed == "cancel" and not choice.asked_by_youth and not choice.word:
        form.errors["word"] = _("Dites pourquoi en un mot : la personne le lira.")
        return await _deed_page(request, view, form, status=422)
    if sent.step == "check":
        plan = await plan_of(platform, view, choice)
        what = await _deed_words(platform, view, choice)
        return await check_page(request, view, plan, what, form)
    try:
        done = await settle_one(platform, user, choice)
    except FriendlyError as refusal:
        form.errors["value"] = refusal.message
        view = await read_to_handle(platform, user, appointment_id)
        form.values["sequence"] = view.sequence
        return await _deed_page(request, view, form, status=409)
    return redirect(f"/rendez-vous/{view.id}", flash=_done_words(choice, done))


def _allowed(verb: str) -> set[str]:
    return {"confier": {"give", "video"}, "deplacer": {"move"}}.get(verb, {"cancel"})


async def _deed_words(platform: Platform, view: AppointmentView, choice: Choice) -> str:
    match choice.deed:
        case "give" | "video":
            name = await platform.db.fetch_value(
                "SELECT display_name FROM advisor WHERE id = $1", choice.advisor_id
            )
            said = _("Confier à %(name)s, à la même heure")
            if choice.deed == "video":
                said = _("Confier à %(name)s, en visio, à la même heure")
            return said % {"name": name or ""}
        case "move":
            assert choice.starts_at is not None
            return _("Déplacer : %(moment)s") % {"moment": moment(choice.starts_at)}
        case _:
            return _("Annuler ce rendez-vous")


def _done_words(choice: Choice, done: AppointmentView) -> str:
    match choice.deed:
        case "give" | "video":
            return _("C’est confié à %(name)s.") % {"name": done.advisor.name}
        case "move":
            return _("C’est déplacé, %(moment)s.") % {"moment": moment(done.starts_at)}
        case _:
            return _("Le rendez-vous est annulé.")


routes: tuple[ControllerRouterHandler, ...] = (deed_page, do_deed)
