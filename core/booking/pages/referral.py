"""By a referral link: a worker of another body searches, keeps a slot and books it for a youth. They learn that it is booked."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import by_link
from core.booking import consent
from core.booking.holds import Hold, SlotTaken, read_hold, take_hold
from core.booking.judge import RulesRefused
from core.booking.links import read_referral_token
from core.booking.pages.common import (
    Base,
    count_write,
    locate_home,
    mode_phrases,
    taken_page,
)
from core.booking.pages.search import search_page
from core.booking.pages.week import week_page
from core.booking.places import Located, commune_label
from core.booking.records import by_hold
from core.booking.referral_links import ReferralLink, ensure_open, read_link
from core.booking.referrals import Worker, refer
from core.booking.search import list_places, mode_of, read_bookable
from core.booking.service import Applicant
from core.booking.ticket import read_ticket, stamp
from core.errors import FriendlyError, NotFound
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, page, platform_of, redirect

_ROOT = "/orienter/{token:str}"
_A_DAY = 24 * 3600
_MOST_A_DAY = 200


class ReferralForm(msgspec.Struct, frozen=True, kw_only=True):
    """The youth, then who books for them."""

    name: Annotated[str, Meta(min_length=2, max_length=120)]
    birth_date: date
    commune: Annotated[str, Meta(max_length=100)]
    commune_insee: Annotated[str, Meta(max_length=10)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    wish: Annotated[str, Meta(max_length=1000)] = ""
    consent: bool = False
    worker_name: Annotated[str, Meta(min_length=2, max_length=120)]
    worker_email: Annotated[str, Meta(max_length=254)] = ""
    worker_phone: Annotated[str, Meta(max_length=30)] = ""


@get(_ROOT, guards=[by_link], include_in_schema=False)
async def search(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The search, as everyone has it."""
    return await search_page(request, _base(token, await _link(request, token)))


@get(f"{_ROOT}/creneaux/{{slug:str}}", guards=[by_link], include_in_schema=False)
async def slots(request: AnyRequest, token: FromPath[str], slug: FromPath[str]) -> Response[str]:
    """A week of one structure."""
    return await week_page(request, slug, _base(token, await _link(request, token)))


@post(f"{_ROOT}/creneau", guards=[by_link], include_in_schema=False, status_code=303)
async def take(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Keeps the slot of a ticket for some minutes."""
    platform, link = platform_of(request), await _link(request, token)
    ticket = read_ticket(str((await request.form()).get("ticket", "")))
    if ticket is None:
        word = _("Ce créneau n’existe pas : choisissez-en un ici.")
        return redirect(f"/orienter/{token}", flash=word, tone="bad")
    if link.structure_id not in (None, ticket.sought.structure_id):
        raise NotFound("not a structure of this link")
    await _count(request, link)
    try:
        held = await take_hold(platform, ticket.sought, ticket.starts_at)
    except SlotTaken as refusal:
        return _taken(request, token, link, refusal)
    return redirect(f"/orienter/{token}/reserver/{held}")


@get(f"{_ROOT}/reserver/{{held:str}}", guards=[by_link], include_in_schema=False)
async def form_page(
    request: AnyRequest, token: FromPath[str], held: FromPath[str]
) -> Response[Any]:
    """The form of a slot that is kept; once booked, only that it is."""
    platform, link = platform_of(request), await _link(request, token)
    hold = await read_hold(platform, held)
    if await by_hold(platform, hold.id):
        values = {**await _slot(platform, hold), "again": f"/orienter/{token}"}
        return page(request, "booking/referral_done.html", values)
    return await _form(request, link, Form(), hold=hold)


@post(f"{_ROOT}/reserver/{{held:str}}", guards=[by_link], include_in_schema=False, status_code=303)
async def book(request: AnyRequest, token: FromPath[str], held: FromPath[str]) -> Response[Any]:
    """Books for the youth. A fault is said beside its field; a lost slot leads to the nearest ones."""
    platform, link = platform_of(request), await _link(request, token)
    hold = await read_hold(platform, held)
    await _count(request, link)
    form = parse(ReferralForm, await request.form())
    located = await locate_home(platform, form)
    if not form.value("consent"):
        form.errors["consent"] = _("Son accord est nécessaire.")
    answer = form.data
    if form.errors or answer is None or located.commune is None:
        return await _form(request, link, form, hold=hold, located=located)
    worker = Worker(
        name=" ".join(answer.worker_name.split()),
        email=answer.worker_email,
        phone=answer.worker_phone,
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
        await refer(platform, link, worker, hold, applicant)
    except SlotTaken as refusal:
        return _taken(request, token, link, refusal)
    except RulesRefused as refusal:
        for said in refusal.refusals:
            form.errors[said.field] = said.message
        return await _form(request, link, form, hold=hold)
    except FriendlyError as refusal:
        return await _form(request, link, form.refuse(refusal), hold=hold)
    return redirect(f"/orienter/{token}/reserver/{held}")


async def _link(request: AnyRequest, token: str) -> ReferralLink:
    """The link, as long as it is open. Raises `NotFound`, or `Conflict` once it is over."""
    platform = platform_of(request)
    link = await read_link(platform, read_referral_token(platform, token))
    ensure_open(platform, link)
    return link


def _base(token: str, link: ReferralLink) -> Base:
    return Base(root=f"/orienter/{token}", body=link.body, structure_id=link.structure_id)


async def _count(request: AnyRequest, link: ReferralLink) -> None:
    """Throttles the writes of an address, and those of one link: it may have been passed on."""
    platform = platform_of(request)
    await count_write(request, platform)
    await throttle.check(platform, f"referral:{link.id}", _MOST_A_DAY, _A_DAY)


def _taken(
    request: AnyRequest, token: str, link: ReferralLink, refusal: SlotTaken
) -> Response[str]:
    if link.structure_id is not None:
        refusal.choices = [c for c in refusal.choices if c.structure_id == link.structure_id]
    base = _base(token, link)
    return taken_page(request, refusal, back=base.search, take=base.take)


async def _form(
    request: AnyRequest,
    link: ReferralLink,
    form: Form[Any],
    *,
    hold: Hold,
    located: Located | None = None,
) -> Response[str]:
    values = {
        **await _slot(platform_of(request), hold),
        "here": request.url.path,
        "link": link,
        "form": form,
        "is_live": hold.expires_at > platform_of(request).clock.now(),
        "choices": [(c.insee, commune_label(c)) for c in located.choices] if located else [],
        "max_age": platform_of(request).settings.booking.max_age,
        "stamp": stamp,
    }
    return page(request, "booking/referral_form.html", values, status=422 if form.errors else 200)


async def _slot(platform: Platform, hold: Hold) -> dict[str, Any]:
    """The slot of a hold, in words."""
    mode = mode_of(platform, hold.channel)
    places = await list_places(platform, hold.structure)
    return {
        "hold": hold,
        "mode": mode,
        "phrase": mode_phrases()[mode],
        "structure": await read_bookable(platform, structure_id=hold.structure),
        "place": next((place for place in places if place.id == hold.site), None),
    }


routes: tuple[ControllerRouterHandler, ...] = (search, slots, take, form_page, book)
