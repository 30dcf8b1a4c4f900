"""« Pas de créneau ? »: the form, the demand's own page, and what the coordination sees of those who wait."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import anyone, by_link, coordinator
from core.booking import consent
from core.booking.judge import RulesRefused
from core.booking.places import (
    Located,
    ambiguous_commune,
    commune_label,
    locate,
    unknown_commune,
)
from core.booking.search import MODES
from core.catalogue import taxonomy
from core.contracts.booking import ChannelMode
from core.demand import earlier_pages
from core.demand.links import demand_path, read_token
from core.demand.rules import NEAR_KM, Part, Reach
from core.demand.service import (
    Demand,
    NewDemand,
    Waiting,
    cancel,
    count_waiting,
    create,
    list_waiting,
    read,
)
from core.demand.serving import MOST_OFFERS
from core.errors import FriendlyError
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect

_SITE = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Place = Annotated[str, Meta(pattern=f"^(near|department|region|{_SITE})$")]
Weekday = Literal["1", "2", "3", "4", "5", "6"]


class DemandForm(msgspec.Struct, frozen=True, kw_only=True):
    """What one waits for, and for whom."""

    name: Annotated[str, Meta(min_length=2, max_length=120)]
    email: Annotated[str, Meta(max_length=254)]
    birth_date: date
    commune: Annotated[str, Meta(max_length=100)]
    commune_insee: Annotated[str, Meta(max_length=10)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    modes: list[ChannelMode] = []
    place: Place = "near"
    weekdays: list[Weekday] = []
    parts: list[Part] = []
    consent: bool = False


@get("/demande", guards=[anyone], include_in_schema=False)
async def form_page(
    request: AnyRequest,
    *,
    ou: FromQuery[str] = "",
    insee: FromQuery[str] = "",
    canal: FromQuery[str] = "",
    departement: FromQuery[str] = "",
    site: FromQuery[str] = "",
) -> Response[str]:
    """The form, begun with what was searched for."""
    platform = platform_of(request)
    values: dict[str, Any] = {
        "commune": ou.strip()[:100],
        "commune_insee": insee[:10],
        "modes": [mode for mode in MODES if canal in {mode, "", "tous"}] or list(MODES),
        "place": site or ("department" if departement else "near"),
    }
    if insee and not ou:
        found = (await locate(platform, "", insee)).commune
        values["commune"] = found.name if found else ""
    return await _form(request, platform, Form(values))


@post("/demande", guards=[anyone], include_in_schema=False, status_code=303)
async def ask(request: AnyRequest) -> Response[Any]:
    """Keeps the demand, then shows its own page. Faults are said beside their fields, nothing typed is lost."""
    platform = platform_of(request)
    await throttle.check(platform, f"demand:{throttle.address_of(request)}", 100, 600)
    form = parse(DemandForm, await request.form())
    located = Located()
    if form.value("commune") and not form.error("commune"):
        located = await locate(platform, form.value("commune"), form.value("commune_insee"))
        if located.commune is None:
            form.errors["commune"] = ambiguous_commune() if located.choices else unknown_commune()
    if not form.value("consent"):
        form.errors["consent"] = _("Nous avons besoin de votre accord pour garder votre demande.")
    if not form.value("modes"):
        form.errors["modes"] = _("Choisissez au moins une façon de se rencontrer.")
    answer = form.data
    if form.errors or answer is None or located.commune is None:
        return await _form(request, platform, form, located)
    elsewhere: Reach = "site"
    reach = next((known for known in reach_labels() if known == answer.place), elsewhere)
    new = NewDemand(
        name=" ".join(answer.name.split()),
        email=answer.email,
        phone=answer.phone,
        birth_date=answer.birth_date,
        commune=located.commune,
        modes=answer.modes,
        reach=reach,
        site=UUID(answer.place) if reach == "site" else None,
        weekdays=[int(weekday) for weekday in answer.weekdays],
        parts=answer.parts,
    )
    try:
        demand_id = await create(platform, new)
    except RulesRefused as refusal:
        for said in refusal.refusals:
            form.errors[said.field] = said.message
        return await _form(request, platform, form)
    except FriendlyError as refusal:
        return await _form(request, platform, form.refuse(refusal))
    return redirect(f"{demand_path(platform, demand_id)}?confirme=1")


async def _form(
    request: AnyRequest, platform: Platform, form: Form[Any], located: Located | None = None
) -> Response[str]:
    values = {
        "form": form,
        "modes": list(mode_labels().items()),
        "places": await _places(platform, str(form.value("place"))),
        "weekdays": list(weekday_labels().items()),
        "parts": list(part_labels().items()),
        "choices": [(c.insee, commune_label(c)) for c in located.choices] if located else [],
        "consent": consent.text(),
        "max_age": platform.settings.booking.max_age,
    }
    return page(request, "demand/form.html", values, status=422 if form.errors else 200)


async def _places(platform: Platform, chosen: str) -> list[tuple[str, str]]:
    """How far one goes; the site that one came from, when it is one."""
    places: list[tuple[str, str]] = [*reach_labels().items()]
    try:
        site_id = UUID(chosen)
    except ValueError:
        return places
    site = await platform.db.fetch_value(
        "SELECT name FROM site WHERE id = $1 AND is_enabled", site_id
    )
    return [(str(site_id), site), *places] if site else places


@get("/demande/{token:str}", guards=[by_link], include_in_schema=False)
async def see(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The demand: what is waited for, the slot that is kept if there is one. Just after, a confirmation."""
    platform = platform_of(request)
    demand = await read(platform, read_token(platform, token))
    values = {
        "token": token,
        "demand": demand,
        "wanted": _wanted(demand),
        "modes": mode_labels(),
        "fresh": "confirme" in request.query_params and demand.state == "waiting",
        "most_offers": MOST_OFFERS,
    }
    return page(request, "demand/demand.html", values)


@post("/demande/{token:str}/annuler", guards=[by_link], include_in_schema=False, status_code=303)
async def withdraw(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Withdraws the demand; a second time changes nothing."""
    platform = platform_of(request)
    await throttle.check(platform, f"demand:{throttle.address_of(request)}", 100, 600)
    await cancel(platform, read_token(platform, token))
    return redirect(f"/demande/{token}")


@get("/reseau/demandes", guards=[coordinator], include_in_schema=False)
async def waiting_page(request: AnyRequest, departement: FromQuery[str] = "") -> Response[str]:
    """Who waits where, without names: where slots are missing."""
    platform = platform_of(request)
    counts = await count_waiting(platform)
    values = {
        "counts": [(code, taxonomy.label("departments", code), n) for code, n in counts.items()],
        "total": sum(counts.values()),
        "department": departement,
        "waiting": [(one, _where(one)) for one in await list_waiting(platform, departement)],
        "labels": mode_labels(),
    }
    return page(request, "demand/waiting.html", values)


def mode_labels() -> dict[ChannelMode, str]:
    """The ways to meet."""
    return {
        "in_person": _("En personne"),
        "video": _("En visio"),
        "phone": _("Par téléphone"),
    }


def reach_labels() -> dict[Reach, str]:
    """How far one goes for an interview in person."""
    return {
        "near": _("À moins de %(km)d km de ma commune") % {"km": NEAR_KM},
        "department": _("Dans tout mon département"),
        "region": _("Partout en Nouvelle-Aquitaine"),
    }


def weekday_labels() -> dict[str, str]:
    """The days on which people are received."""
    return {
        "1": _("Lundi"),
        "2": _("Mardi"),
        "3": _("Mercredi"),
        "4": _("Jeudi"),
        "5": _("Vendredi"),
        "6": _("Samedi"),
    }


def part_labels() -> dict[Part, str]:
    """The parts of a day."""
    return {"morning": _("Le matin"), "afternoon": _("L’après-midi ou le soir")}


def _wanted(demand: Demand) -> list[tuple[str, str]]:
    """What is waited for, in words: (name, value)."""
    in_person = "in_person" in demand.modes
    reach = {
        "site": demand.site,
        "near": _("à moins de %(km)d km de %(commune)s")
        % {"km": NEAR_KM, "commune": demand.commune},
        "department": taxonomy.label("departments", demand.department),
        "region": _("partout en Nouvelle-Aquitaine"),
    }[demand.reach]
    days = [label for key, label in weekday_labels().items() if int(key) in demand.weekdays]
    parts = [label for key, label in part_labels().items() if key in demand.parts]
    how = ", ".join(mode_labels()[mode] for mode in demand.modes)
    facts = [
        (_("Comment"), how),
        (_("Où, en personne"), reach if in_person else ""),
        (_("Jours"), ", ".join(days) or _("tous")),
        (_("Moments"), ", ".join(parts) or _("tous")),
    ]
    return [(name, value) for name, value in facts if value]


def _where(one: Waiting) -> str:
    """The place, as the coordination reads it."""
    if "in_person" not in one.modes:
        return _("à distance, depuis %(commune)s") % {"commune": one.commune}
    return {
        "site": one.site,
        "near": _("autour de %(commune)s") % {"commune": one.commune},
        "department": _("dans tout le département"),
        "region": _("partout, depuis %(commune)s") % {"commune": one.commune},
    }[one.reach]


routes: tuple[ControllerRouterHandler, ...] = (
    form_page,
    ask,
    see,
    withdraw,
    waiting_page,
    *earlier_pages.routes,
)
