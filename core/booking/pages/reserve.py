"""From a ticket to an appointment: the slot is kept, a short form, the confirmation."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import anyone, by_link
from core.booking import consent
from core.booking.holds import Hold, SlotTaken, read_hold, release_hold, take_hold
from core.booking.judge import RulesRefused
from core.booking.links import appointment_path
from core.booking.pages.common import count_write, locate_home, mode_phrases, taken_page
from core.booking.places import Located, commune_label
from core.booking.records import by_hold
from core.booking.search import list_places, mode_of, read_bookable
from core.booking.service import AlreadyBooked, Applicant, book
from core.booking.ticket import read_ticket, stamp
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, page, platform_of, redirect

HOLD_COOKIE = "somobilite_hold"


class BookingForm(msgspec.Struct, frozen=True, kw_only=True):
    """The short form."""

    name: Annotated[str, Meta(min_length=2, max_length=120)]
    email: Annotated[str, Meta(max_length=254)]
    birth_date: date
    commune: Annotated[str, Meta(max_length=100)]
    commune_insee: Annotated[str, Meta(max_length=10)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    wish: Annotated[str, Meta(max_length=1000)] = ""
    consent: bool = False
    existing: Literal["", "keep", "replace"] = ""


@post("/reserver/creneau", guards=[anyone], include_in_schema=False, status_code=303)
async def take(request: AnyRequest) -> Response[Any]:
    """Keeps the slot of a ticket for some minutes; the browser's last one is let go."""
    platform = platform_of(request)
    ticket = read_ticket(str((await request.form()).get("ticket", "")))
    if ticket is None:
        return redirect(
            "/recherche", flash=_("Ce créneau n’existe pas : choisissez-en un ici."), tone="bad"
        )
    await count_write(request, platform)
    previous = request.cookies.get(HOLD_COOKIE, "")
    try:
        token = await take_hold(platform, ticket.sought, ticket.starts_at, previous=previous)
    except SlotTaken as refusal:
        return taken_page(request, refusal)
    answer = redirect(f"/reserver/{token}")
    answer.set_cookie(
        Cookie(
            key=HOLD_COOKIE,
            value=token,
            max_age=platform.settings.booking.hold_minutes * 60,
            path="/reserver",
            httponly=True,
            samesite="lax",
            secure=platform.settings.public_url.startswith("https://"),
        )
    )
    return answer


@get("/reserver/{token:str}", guards=[by_link], include_in_schema=False)
async def form_page(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """The form of a slot that is kept; once confirmed, the way to the appointment."""
    platform = platform_of(request)
    hold = await read_hold(platform, token)
    done = await by_hold(platform, hold.id)
    if done is not None and done.created_at < hold.created_at:
        return await _moved_page(request, platform, hold)
    if done is not None:
        return redirect(appointment_path(platform, done.id, done.link_version))
    return await _form(request, token, hold, Form(hold.answers))


@post("/reserver/{token:str}", guards=[by_link], include_in_schema=False, status_code=303)
async def confirm(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Books. A fault is said beside its field; a lost slot leads to the nearest ones."""
    platform = platform_of(request)
    hold = await read_hold(platform, token)
    await count_write(request, platform)
    form = parse(BookingForm, await request.form())
    located = await locate_home(platform, form)
    if not form.value("consent"):
        form.errors["consent"] = _("Nous avons besoin de votre accord pour vous recevoir.")
    answer = form.data
    if form.errors or answer is None or located.commune is None:
        return await _form(request, token, hold, form, located)
    if answer.existing == "keep":
        await release_hold(platform, token)
        return redirect(
            "/recherche",
            flash=_(
                "C’est noté : votre rendez-vous reste à la même heure. Son lien est dans l’e-mail de confirmation."
            ),
        )
    applicant = Applicant(
        name=" ".join(answer.name.split()),
        email=answer.email,
        phone=answer.phone,
        birth_date=answer.birth_date,
        commune=located.commune.insee,
        wish=answer.wish,
        consent_version=consent.VERSION,
        locale=current_locale(),
    )
    try:
        booked = await book(platform, hold, applicant, replace=answer.existing == "replace")
    except SlotTaken as refusal:
        return taken_page(request, refusal)
    except AlreadyBooked as question:
        form.refuse(question)
        return await _form(request, token, hold, form, already=question.starts_at)
    except RulesRefused as refusal:
        for said in refusal.refusals:
            form.errors[said.field] = said.message
        return await _form(request, token, hold, form)
    # A move was asked by someone who gave a name and a birth date, not the link: it is not shown to them.
    return redirect(f"/reserver/{token}" if booked.moved else f"{booked.path}?confirme=1")


async def _form(
    request: AnyRequest,
    token: str,
    hold: Hold,
    form: Form[Any],
    located: Located | None = None,
    *,
    already: datetime | None = None,
) -> Response[str]:
    platform = platform_of(request)
    structure = await read_bookable(platform, structure_id=hold.structure)
    mode = mode_of(platform, hold.channel)
    places = await list_places(platform, hold.structure)
    values = {
        "token": token,
        "hold": hold,
        "is_live": hold.expires_at > platform.clock.now(),
        "structure": structure,
        "place": next((place for place in places if place.id == hold.site), None),
        "mode": mode,
        "phrase": mode_phrases()[mode],
        "form": form,
        "choices": [(c.insee, commune_label(c)) for c in located.choices] if located else [],
        "already": already,
        "consent": consent.text(),
        "max_age": platform.settings.booking.max_age,
        "stamp": stamp,
    }
    status = 409 if already else 422 if form.errors else 200
    return page(request, "booking/form.html", values, status=status)


async def _moved_page(request: AnyRequest, platform: Platform, hold: Hold) -> Response[str]:
    structure = await read_bookable(platform, structure_id=hold.structure)
    values = {"hold": hold, "structure": structure}
    return page(request, "booking/moved.html", values)


routes: tuple[ControllerRouterHandler, ...] = (take, form_page, confirm)
