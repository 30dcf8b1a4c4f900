"""Search: where, how, when, and the next starts of each place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple, get_args

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from core.accounts.access import anyone
from core.booking.offers import Offer, Offers, Sort, earliest, read_offers
from core.booking.pages.common import (
    PUBLIC,
    Base,
    mode_labels,
    mode_phrases,
    part_labels,
    read_part,
)
from core.booking.places import (
    Located,
    ambiguous_commune,
    commune_label,
    locate,
    unknown_commune,
)
from core.booking.search import MODES
from core.booking.ticket import ticket_value
from core.booking.when import When
from core.catalogue import taxonomy
from core.clock import local_date
from core.contracts.booking import ChannelMode
from core.network.communes import Commune
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import current_locale
from core.web.pages import AnyRequest, page, platform_of

_PER_PAGE = 8
_BESIDE = 4
_ASKED = ("ou", "insee", "canal", "tri", "departement", "moment", "des")


@get("/recherche", guards=[anyone], include_in_schema=False)
async def search(request: AnyRequest) -> Response[str]:
    """Where each place stands, with its next starts. The address says it all, so that it can be shared."""
    return await search_page(request, PUBLIC)


async def search_page(request: AnyRequest, base: Base) -> Response[str]:
    """The page, for the public or for a referral link."""
    platform = platform_of(request)
    asked = {name: (request.query_params.get(name) or "").strip()[:100] for name in _ASKED}
    form: Form[Any] = Form(asked)
    located = Located()
    if asked["ou"] or asked["insee"]:
        located = await platform.memory.reference(
            ("located", asked["ou"], asked["insee"]),
            partial(locate, platform, asked["ou"], asked["insee"]),
        )
        if located.commune is None:
            form.errors["ou"] = ambiguous_commune() if located.choices else unknown_commune()
    commune = located.commune
    if commune is not None:
        form.values.update(ou=form.value("ou") or commune.name, insee=commune.insee)
    form.values["tri"] = _sort(asked["tri"], near=commune is not None)
    wanted = [mode for mode in MODES if asked["canal"] in {mode, "", "tous"}] or list(MODES)
    form.values["canal"] = wanted[0] if len(wanted) == 1 else "tous"
    form.values["moment"] = read_part(asked["moment"]) or ""
    since = _read_since(platform, asked["des"])
    form.values["des"] = since.isoformat() if since else ""
    values = {
        "commune": commune,
        "base": base,
        "searching": await _searching(platform, form, base, located),
        "results": await _results(
            platform,
            form,
            base=base,
            commune=commune,
            wanted=wanted,
            number=_page_number(request),
        ),
    }
    return page(request, "booking/search.html", values)


async def _searching(platform: Platform, form: Form[Any], base: Base, located: Located) -> Markup:
    """The form, drawn once for everyone who asks the same."""
    address = _address(form)

    async def draw() -> Markup:
        values = {
            "form": form,
            "base": base,
            "address": address,
            "commune": located.commune,
            "choices": [(choice, commune_label(choice)) for choice in located.choices],
            "departments": taxonomy.options("departments"),
            "parts": part_labels(),
            "labels": mode_labels(),
        }
        return _drawn(platform, "booking/searching.html", values)

    key = ("searching", base, current_locale(), *address.values())
    return await platform.memory.reference(key, draw)


def _drawn(platform: Platform, template: str, values: Mapping[str, Any]) -> Markup:
    return Markup(platform.templates.get_template(template).render(values))  # noqa: S704 - a template of ours, with autoescape


class _Looked(NamedTuple):
    """All that a search finds stands on: the offers of each way that suits, the main one first; of the main one at `wider` times;
    the last day that can be booked.
    """

    offers: Mapping[ChannelMode, Offers]
    wider: Sequence[Offers]
    last_open: date


async def _look(platform: Platform, form: Form[Any], wanted: Sequence[ChannelMode]) -> _Looked:
    when = _when(platform, form)

    async def offers_of(mode: ChannelMode, when: When) -> Offers:
        here = mode == "in_person" or len(wanted) == 1
        department = form.value("departement") if here else ""
        return await read_offers(platform, mode, department=department, when=when)

    return _Looked(
        offers={mode: await offers_of(mode, when) for mode in wanted},
        wider=[await offers_of(wanted[0], wider) for wider in _wider(when)],
        last_open=_last_open(platform),
    )


async def _results(
    platform: Platform,
    form: Form[Any],
    *,
    base: Base,
    commune: Commune | None,
    wanted: Sequence[ChannelMode],
    number: int,
) -> Markup:
    """What was found, drawn once for everyone who asks the same, and again when what there is has changed."""
    address, looked = _address(form), await _look(platform, form, wanted)

    async def draw() -> Markup:
        values = await _found(platform, form, looked, base=base, commune=commune, number=number)
        values |= {"address": address, "base": base}
        return _drawn(platform, "booking/results.html", values)

    key = ("results", base, current_locale(), number, *address.values())
    return await platform.memory.latest(key, looked, draw)


async def _found(
    platform: Platform,
    form: Form[Any],
    looked: _Looked,
    *,
    base: Base,
    commune: Commune | None,
    number: int,
) -> dict[str, Any]:
    around = (commune.lat, commune.lon) if commune else None

    def of_base(offers: Offers) -> list[Offer]:
        found = offers.ordered(around, form.value("tri"))
        return [offer for offer in found if base.structure_id in (None, offer.structure_id)]

    offers = {mode: of_base(found) for mode, found in looked.offers.items()}
    main, *others = offers
    when, region = _when(platform, form), platform.settings.booking
    anyway: list[Offer] = []
    for wider in looked.wider:
        anyway = anyway or [offer for offer in of_base(wider) if offer.starts]
    soonest = min((offer.starts[0] for offer in anyway), default=None)
    open_offers = [offer for offer in offers[main] if offer.starts]
    pages = max(1, -(-len(open_offers) // _PER_PAGE))
    number = min(number, pages)
    shown = open_offers[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    return {
        "commune": commune,
        "mode": main,
        "offers": shown,
        "tickets": [await _tickets(platform, main, offer) for offer in shown],
        "closed": [offer for offer in offers[main] if not offer.starts],
        "anyway": {(offer.structure_id, offer.site_id): offer.starts[0] for offer in anyway},
        "soonest": soonest,
        "wider": {"moment": "", "des": form.value("des") if _suits_day(when, soonest) else ""},
        "narrowed": bool(when),
        "last_open": looked.last_open,
        "not_open_yet": form.value("des") > looked.last_open.isoformat(),
        "lead_hours": region.lead_hours,
        "lead_days": region.lead_days if region.lead_unit == "working_days" else None,
        "beside": {mode: earliest(offers[mode], mode, _BESIDE) for mode in others},
        "number": number,
        "pages": pages,
        "labels": mode_labels(),
        "phrases": mode_phrases(),
        "ticket_value": ticket_value,
    }


async def _tickets(platform: Platform, mode: ChannelMode, offer: Offer) -> Markup:
    """The tickets of a place: the same starts are the same tickets, whoever is near and whenever they ask."""
    where = offer.site or offer.structure

    async def draw() -> Markup:
        macros: Any = platform.templates.get_template("booking/parts.html").module
        drawn: Markup = macros.hold_tickets(
            offer.structure_id,
            offer.site_id,
            mode,
            offer.starts,
            ticket_value,
            mode_phrases()[mode],
            where,
        )
        return drawn

    key = (
        "tickets",
        current_locale(),
        mode,
        offer.structure_id,
        offer.site_id,
        offer.starts,
        where,
    )
    return await platform.memory.reference(key, draw)


def _sort(asked: str, *, near: bool) -> Sort:
    """What was asked; else the nearest first when we know where one is."""
    if asked in get_args(Sort) and (near or asked == "soonest"):
        return "nearest" if asked == "nearest" else "soonest"
    return "nearest" if near else "soonest"


def _read_since(platform: Platform, asked: str) -> date | None:
    """The day asked for, when it is one to come; nonsense is as good as nothing."""
    try:
        since = date.fromisoformat(asked)
    except ValueError:
        return None
    return since if since > local_date(platform.clock.now(), platform.zone) else None


def _when(platform: Platform, form: Form[Any]) -> When:
    """What the form says of when one could come."""
    since = _read_since(platform, form.value("des"))
    return When(
        part=read_part(form.value("moment")),
        since=datetime.combine(since, time(), platform.zone) if since else None,
    )


def _wider(when: When) -> Sequence[When]:
    """What to look for when nothing suits: another time of day first, then any day."""
    if when.part and when.since:
        return (When(since=when.since), When())
    return (When(),) if when else ()


def _suits_day(when: When, start: datetime | None) -> bool:
    return start is not None and when.since is not None and start >= when.since


def _last_open(platform: Platform) -> date:
    """The last day that can be booked, by the region's terms."""
    today = local_date(platform.clock.now(), platform.zone)
    return today + timedelta(days=platform.settings.booking.horizon_days)


def _page_number(request: AnyRequest) -> int:
    asked = request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def _address(form: Form[Any]) -> dict[str, str]:
    """The parameters that say the present search, for links that change one of them."""
    return {name: str(form.value(name)) for name in _ASKED}


routes: tuple[ControllerRouterHandler, ...] = (search,)
