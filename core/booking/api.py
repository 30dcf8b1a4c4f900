"""JSON: free slots, the next ones around a place, and booking. Public, as the pages are."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, HeaderParameter, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import anyone
from core.booking import consent
from core.booking.holds import Hold, SlotTaken, direct_hold
from core.booking.judge import RulesRefused
from core.booking.offers import Offer, read_offers
from core.booking.pages.common import count_write
from core.booking.search import Choice, Sought, list_starts, read_bookable
from core.booking.service import AlreadyBooked, Applicant, book
from core.booking.when import Part, When
from core.contracts.booking import ChannelMode, RuleRefusal
from core.errors import FriendlyError, NotFound, Refused
from core.network.communes import read_commune
from core.platform import Platform
from core.web.errors import problem
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, platform_of

_LONGEST = timedelta(days=31)
Instant = Annotated[datetime, Meta(tz=True)]


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """Distinct free starts of one structure (and site) in a window."""

    structure: str
    channel: ChannelMode
    starts: list[datetime]
    site: UUID | None = None


class Booking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A booking to make. `commune` is an INSEE code; `consent` names the version of the text that the youth agreed to.

    `replace`: move the appointment that the same person already has, instead of being told about it.
    """

    structure: str
    channel: ChannelMode
    starts_at: Instant
    name: Annotated[str, Meta(min_length=2, max_length=120)]
    email: Annotated[str, Meta(max_length=254)]
    birth_date: date
    commune: Annotated[str, Meta(pattern="^[0-9AB]{5}$")]
    consent: Literal["2027-01"]
    site: UUID | None = None
    phone: Annotated[str, Meta(max_length=30)] = ""
    wish: Annotated[str, Meta(max_length=1000)] = ""
    replace: bool = False


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that is certain. `manage_url` is the youth's stable link; empty when an earlier appointment was moved:
    its link went to the youth alone.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    manage_url: str
    moved: bool = False


@get("/api/v1/slots", guards=[anyone], tags=["booking"])
async def slots(
    request: AnyRequest,
    *,
    structure: FromQuery[str],
    channel: FromQuery[ChannelMode] = "in_person",
    site: FromQuery[UUID | None] = None,
    opens: Annotated[datetime | None, QueryParameter(name="from")] = None,
    closes: Annotated[datetime | None, QueryParameter(name="to")] = None,
    part: FromQuery[Part | None] = None,
) -> Slots:
    """Free starts of a structure, by its slug, between `from` and `to` (a week from now unless said, 31 days at most), at any
    time of day unless a `part` is said (on the wall in France: the afternoon begins at 12:00, the evening at 18:00).
    """
    platform = platform_of(request)
    if any(instant is not None and instant.tzinfo is None for instant in (opens, closes)):
        raise Refused(_("Écrivez un instant avec son décalage, par exemple 2027-02-02T14:00:00Z."))

    async def read() -> Slots:
        found = await read_bookable(platform, structure)
        first = opens or platform.clock.now()
        last = min(closes or first + timedelta(days=7), first + _LONGEST)
        sought = Sought(structure_id=found.id, mode=channel, site_id=site)
        starts = await list_starts(platform, sought, first, last, When(part=part))
        return Slots(structure=found.slug, channel=channel, site=site, starts=starts)

    return await platform.memory.get(("slots", structure, channel, site, opens, closes, part), read)


@get("/api/v1/next-slots", guards=[anyone], tags=["booking"])
async def next_slots(
    request: AnyRequest,
    channel: FromQuery[ChannelMode] = "in_person",
    insee: FromQuery[str | None] = None,
    department: FromQuery[str] = "",
    part: FromQuery[Part | None] = None,
    *,
    since: Annotated[date | None, QueryParameter(name="from")] = None,
) -> list[Offer]:
    """Each place with its next three starts: the nearest first around a commune (INSEE code), else the soonest. Of one
    `department`, in one `part` of the day and `from` a day on, when these are said.
    """
    platform = platform_of(request)
    commune = await read_commune(platform, insee) if insee else None
    when = When(part=part, since=datetime.combine(since, time(), platform.zone) if since else None)
    offers = await read_offers(platform, channel, department=department, when=when)
    if commune is None:
        return offers.ordered()
    return offers.ordered((commune.lat, commune.lon), "nearest")


@post("/api/v1/appointments", guards=[anyone], tags=["booking"])
async def appointments(
    request: AnyRequest,
    data: JSONBody[Booking],
    idempotency_key: Annotated[
        str, HeaderParameter(name="idempotency-key", min_length=16, max_length=200)
    ],
) -> Response[Any]:
    """Books. The same `idempotency-key` finds the same appointment; with another booking it is refused. 409 comes with the nearest free slots, 422 with a
    reason for each field.
    """
    platform = platform_of(request)
    await count_write(request, platform)
    try:
        hold = await _hold(platform, data, f"api:{idempotency_key}")
        booked = await book(
            platform,
            hold,
            await _applicant(platform, data),
            replace=data.replace,
            origin="api",
        )
    except FriendlyError as refusal:
        return _refusal(request, refusal)
    url = "" if booked.moved else platform.settings.public_url + booked.path
    made = Appointment(
        id=booked.appointment_id,
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        manage_url=url,
        moved=booked.moved,
    )
    return Response(made, status_code=201)


def _refusal(request: AnyRequest, refusal: FriendlyError) -> Response[Any]:
    """The refusal as a problem document, with what helps to go on."""
    if isinstance(refusal, SlotTaken):
        near = [_public(choice) for choice in refusal.choices]
        return problem(request, 409, _("Créneau pris"), refusal.message, nearest=near)
    if isinstance(refusal, AlreadyBooked):
        title = _("Déjà un rendez-vous")
        return problem(request, 409, title, refusal.message, existing=refusal.starts_at)
    said = [RuleRefusal(rule="", field=refusal.field or "", message=refusal.message)]
    refusals = refusal.refusals if isinstance(refusal, RulesRefused) else said
    errors = [{"field": one.field, "message": one.message} for one in refusals]
    return problem(request, 422, _("Demande refusée"), refusal.message, errors=errors)


async def _hold(platform: Platform, data: Booking, token: str) -> Hold:
    snapshot = await platform.plugins.current()
    found = await snapshot.derive(
        ("bookable", data.structure), partial(read_bookable, platform, data.structure)
    )
    site = data.site if data.channel == "in_person" else None
    sought = Sought(structure_id=found.id, mode=data.channel, site_id=site)
    asked = msgspec.json.encode(msgspec.structs.replace(data, replace=False)).decode()
    return await direct_hold(platform, sought, data.starts_at, token, asked)


async def _applicant(platform: Platform, data: Booking) -> Applicant:
    in_region = await platform.memory.reference(
        ("commune", data.commune), partial(_is_of_region, platform, data.commune)
    )
    return Applicant(
        name=" ".join(data.name.split()),
        email=data.email,
        phone=data.phone,
        birth_date=data.birth_date,
        commune=data.commune if in_region else None,
        in_region=in_region,
        wish=data.wish,
        consent_version=consent.VERSION,
        locale=current_locale(),
    )


async def _is_of_region(platform: Platform, insee: str) -> bool:
    try:
        await read_commune(platform, insee)
    except NotFound:
        return False
    return True


def _public(choice: Choice) -> dict[str, Any]:
    return {
        "structure": choice.slug,
        "channel": choice.mode,
        "site": choice.site_id,
        "starts_at": choice.starts_at,
    }


routes: tuple[ControllerRouterHandler, ...] = (slots, next_slots, appointments)
