"""Pages of a structure's sites, and of how to reach it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.booking.places import (
    Located,
    ambiguous_commune,
    commune_label,
    locate,
    unknown_commune,
)
from core.errors import FriendlyError
from core.network import sites
from core.network.managed import Managed, read_managed
from core.network.sites import ReachForm, SiteForm, SiteView
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_SITES = "/reseau/{slug:str}/lieux"
_ONE = f"{_SITES}/{{site_id:uuid}}"


class TurnForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whether people are received there from now on."""

    enabled: bool = False


async def _structure(request: AnyRequest, slug: str) -> Managed:
    return await read_managed(platform_of(request), staff_of(request), slug)


@get(_SITES, guards=[manager], include_in_schema=False)
async def sites_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """The sites, and how to reach the structure."""
    structure = await _structure(request, slug)
    return await _sites_page(request, structure, _reach(structure))


def _reach(structure: Managed) -> Form[ReachForm]:
    return Form(
        {
            "email": structure.email,
            "phone": structure.phone,
            "presentation": structure.presentation,
        }
    )


async def _sites_page(
    request: AnyRequest, structure: Managed, form: Form[ReachForm], *, status: int = 200
) -> Response[str]:
    found = await sites.list_sites(platform_of(request), structure)
    values = {"structure": structure, "sites": found, "form": form}
    return page(request, "network/sites.html", values, status=status)


@post(_SITES, guards=[manager], include_in_schema=False, status_code=303)
async def save_reach(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Keeps how to reach the structure."""
    structure = await _structure(request, slug)
    form = parse(ReachForm, await request.form())
    if form.data is None:
        return await _sites_page(request, structure, form, status=422)
    try:
        await sites.save_reach(platform_of(request), staff_of(request), structure, form.data)
    except FriendlyError as refusal:
        return await _sites_page(request, structure, form.refuse(refusal), status=422)
    return redirect(f"/reseau/{slug}/lieux", flash=_("C’est enregistré."))


@get(f"{_SITES}/nouveau", guards=[manager], include_in_schema=False)
async def new_site_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """An empty form."""
    return _site_page(request, await _structure(request, slug), Form(), None)


@post(f"{_SITES}/nouveau", guards=[manager], include_in_schema=False, status_code=303)
async def add_site(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Adds a site."""
    return await _save(request, await _structure(request, slug), None)


@get(_ONE, guards=[manager], include_in_schema=False)
async def site_page(
    request: AnyRequest, slug: FromPath[str], site_id: FromPath[UUID]
) -> Response[str]:
    """A site, to change it."""
    structure = await _structure(request, slug)
    site = await sites.read_site(platform_of(request), structure, site_id)
    form: Form[SiteForm] = Form(
        {
            "name": site.name,
            "address": site.address,
            "commune": f"{site.postcode} {site.city}".strip(),
            "commune_insee": site.insee,
            "directions": site.directions,
        }
    )
    return _site_page(request, structure, form, site)


@post(_ONE, guards=[manager], include_in_schema=False, status_code=303)
async def change_site(
    request: AnyRequest, slug: FromPath[str], site_id: FromPath[UUID]
) -> Response[Any]:
    """Changes a site."""
    structure = await _structure(request, slug)
    site = await sites.read_site(platform_of(request), structure, site_id)
    return await _save(request, structure, site)


async def _save(request: AnyRequest, structure: Managed, site: SiteView | None) -> Response[Any]:
    platform = platform_of(request)
    form = parse(SiteForm, await request.form())
    located = Located()
    if form.value("commune"):
        located = await locate(platform, form.value("commune"), form.value("commune_insee"))
        if located.commune is None:
            form.errors["commune"] = ambiguous_commune() if located.choices else unknown_commune()
    if form.data is None or form.errors or located.commune is None:
        return _site_page(request, structure, form, site, located, status=422)
    await sites.save_site(
        platform,
        staff_of(request),
        structure,
        form.data,
        commune=located.commune,
        site=site,
    )
    return redirect(f"/reseau/{structure.slug}/lieux", flash=_("Le lieu est enregistré."))


def _site_page(
    request: AnyRequest,
    structure: Managed,
    form: Form[SiteForm],
    site: SiteView | None,
    located: Located | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    choices = located.choices if located else ()
    values = {
        "structure": structure,
        "site": site,
        "form": form,
        "choices": [(commune.insee, commune_label(commune)) for commune in choices],
    }
    return page(request, "network/site.html", values, status=status)


@post(f"{_ONE}/etat", guards=[manager], include_in_schema=False, status_code=303)
async def turn_site(
    request: AnyRequest, slug: FromPath[str], site_id: FromPath[UUID]
) -> Response[Any]:
    """Opens or closes a site; the slots follow."""
    structure = await _structure(request, slug)
    form = parse(TurnForm, await request.form())
    enabled = form.data is not None and form.data.enabled
    await sites.turn_site(
        platform_of(request), staff_of(request), structure, site_id, enabled=enabled
    )
    word = _("Le lieu accueille de nouveau : ses créneaux sont proposés.")
    if not enabled:
        word = _("Le lieu est fermé : on n’y prend plus rendez-vous. Ceux qui sont pris tiennent.")
    return redirect(f"/reseau/{slug}/lieux", flash=word)


routes: tuple[ControllerRouterHandler, ...] = (
    sites_page,
    save_reach,
    new_site_page,
    add_site,
    site_page,
    change_site,
    turn_site,
)
