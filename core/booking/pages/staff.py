"""Booking on someone's behalf: the same slots, without lead time or horizon; who did it is kept."""

from contextlib import suppress
from datetime import date, datetime
from secrets import token_urlsafe
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import CurrentUser, advisor
from core.booking import consent
from core.booking.holds import Hold, SlotTaken, read_hold, release_hold, take_hold
from core.booking.judge import RulesRefused
from core.booking.lead import earliest_start
from core.booking.pages.common import locate_home, mode_labels
from core.booking.places import Located, commune_label
from core.booking.search import Choice, Sought, list_staff_choices, read_bookable
from core.booking.service import AlreadyBooked, Applicant, Booked, Origin, book
from core.booking.ticket import stamp
from core.contracts.booking import ChannelMode
from core.contracts.context import StructureRef
from core.errors import NotFound
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of
from core.web.templating import moment

_PATH = "/rendez-vous/nouveau"


class StaffForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a member of staff writes for someone. `slot` is an instant, and a site when one comes in person. `once` is the page's
    own: pressed twice, it books once.
    """

    structure: UUID
    canal: ChannelMode
    slot: Annotated[str, Meta(max_length=80)]
    name: Annotated[str, Meta(min_length=2, max_length=120)]
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    birth_date: date | None = None
    commune: Annotated[str, Meta(max_length=100)] = ""
    commune_insee: Annotated[str, Meta(max_length=10)] = ""
    wish: Annotated[str, Meta(max_length=1000)] = ""
    consent: bool = False
    existing: Literal["", "replace"] = ""
    once: Annotated[str, Meta(max_length=60)] = ""


@get(_PATH, guards=[advisor], include_in_schema=False)
async def new_page(request: AnyRequest) -> Response[str]:
    """The slots of one of the user's structures, and the form beside."""
    asked = {name: request.query_params.get(name, "") for name in ("structure", "canal")}
    return await _page(request, Form(asked))


@post(_PATH, guards=[advisor], include_in_schema=False, status_code=303)
async def create(request: AnyRequest) -> Response[Any]:
    """Books for someone; they receive their own confirmation."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(StaffForm, await request.form())
    located = await locate_home(platform, form)
    if not form.value("consent"):
        form.errors["consent"] = _("Son accord est nécessaire.")
    chosen = _read_slot(form.value("slot"))
    if chosen is None:
        form.errors["slot"] = _("Choisissez un créneau.")
    if form.errors or form.data is None or chosen is None:
        return await _page(request, form, located)
    if not user.sees(form.data.structure):
        raise NotFound("another's structure")
    try:
        booked = await _book(platform, user, form.data, chosen, located)
    except SlotTaken as refusal:
        form.errors["slot"] = refusal.message
    except AlreadyBooked as question:
        form.errors["existing"] = _("Cette personne a déjà un rendez-vous, %(moment)s.") % {
            "moment": moment(question.starts_at)
        }
    except RulesRefused as refusal:
        for said in refusal.refusals:
            form.errors[said.field or "slot"] = said.message
    else:
        word = _("C’est déplacé, %(moment)s.") if booked.moved else _("C’est réservé, %(moment)s.")
        return redirect("/agenda", flash=word % {"moment": moment(chosen[0])})
    return await _page(request, form, located)


def _read_slot(text: str) -> tuple[datetime, UUID | None] | None:
    """`instant` or `instant@site`; None for anything else."""
    instant, _at, site = text.partition("@")
    try:
        return (
            msgspec.convert(instant, Annotated[datetime, Meta(tz=True)]),
            UUID(site) if site else None,
        )
    except (ValueError, msgspec.ValidationError):
        return None


async def _book(
    platform: Platform,
    user: CurrentUser,
    answer: StaffForm,
    chosen: tuple[datetime, UUID | None],
    located: Located,
) -> Booked:
    starts_at, site_id = chosen
    sought = Sought(structure_id=answer.structure, mode=answer.canal, site_id=site_id)
    token = f"staff:{user.account_id}:{answer.once}:{sought}:{answer.slot}:{answer.name}"
    hold = await _hold(platform, user, sought, starts_at, token)
    applicant = Applicant(
        name=" ".join(answer.name.split()),
        email=answer.email,
        phone=answer.phone,
        birth_date=answer.birth_date,
        commune=located.commune.insee if located.commune else None,
        wish=answer.wish,
        consent_version=consent.VERSION,
    )
    try:
        return await book(
            platform,
            hold,
            applicant,
            replace=answer.existing == "replace",
            user=user,
            origin=_origin(user, answer.structure),
        )
    finally:
        await release_hold(platform, token)


async def _hold(
    platform: Platform, user: CurrentUser, sought: Sought, starts_at: datetime, token: str
) -> Hold:
    """The hold of this very form, made once however often its button was pressed. Raises `SlotTaken`, `NotFound`."""
    with suppress(NotFound):
        return await read_hold(platform, token)
    try:
        await take_hold(platform, sought, starts_at, token=token, staff=user)
    except (SlotTaken, asyncpg.UniqueViolationError) as refusal:
        try:
            return await read_hold(platform, token)
        except NotFound:
            raise refusal from None
    return await read_hold(platform, token)


def _origin(user: CurrentUser, structure_id: UUID) -> Origin:
    if user.is_coordination:
        return "coordinator"
    return "manager" if user.manages(structure_id) else "advisor"


async def _page(
    request: AnyRequest, form: Form[Any], located: Located | None = None
) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    structures = await _structures(platform, user)
    asked = str(form.value("structure"))
    structure = next((one for one in structures if str(one.id) == asked), None)
    structure = structure or next(iter(structures), None)
    mode: ChannelMode = next(
        (mode for mode in mode_labels() if mode == form.value("canal")), "in_person"
    )
    choices = await list_staff_choices(platform, structure.id, mode) if structure else []
    near = await _lead_bound(platform, structure.id) if structure else platform.clock.now()
    form.values.update(
        structure=str(structure.id) if structure else "",
        canal=mode,
        once=form.value("once") or token_urlsafe(12),
    )
    values = {
        "form": form,
        "structures": [(str(one.id), one.name) for one in structures],
        "modes": list(mode_labels().items()),
        "slots": [(_slot_value(choice), _slot_label(choice, near)) for choice in choices],
        "mode": mode,
        "choices": [(c.insee, commune_label(c)) for c in located.choices] if located else [],
    }
    return page(request, "booking/staff.html", values, status=422 if form.errors else 200)


async def _structures(platform: Platform, user: CurrentUser) -> list[StructureRef]:
    """The active structures that the user may book for."""
    snapshot = await platform.plugins.current()
    found = [ref for ref in snapshot.structures.values() if user.sees(ref.id)]
    return sorted(found, key=lambda ref: ref.name)


def _slot_value(choice: Choice) -> str:
    return stamp(choice.starts_at) + (f"@{choice.site_id}" if choice.site_id else "")


def _slot_label(choice: Choice, near: datetime) -> str:
    """The hour and the site; marked when the public could not have it any more."""
    words = [moment(choice.starts_at), choice.site]
    return " · ".join(filter(None, [*words, _("hors délai") if choice.starts_at < near else ""]))


async def _lead_bound(platform: Platform, structure_id: UUID) -> datetime:
    """The first instant that the public may book."""
    terms = await read_bookable(platform, structure_id=structure_id)
    now = platform.clock.now()
    return earliest_start(now, terms.lead_hours, terms.lead_days, platform.zone)


routes: tuple[ControllerRouterHandler, ...] = (new_page, create)
