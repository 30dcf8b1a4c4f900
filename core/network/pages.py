"""Pages of the network: at a glance, and one structure."""

from collections.abc import Mapping
from datetime import timedelta

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone, manager
from core.agenda.gauge import GAUGE_WEEKS
from core.agenda.obstacles import list_structure_obstacles
from core.catalogue import taxonomy
from core.clock import local_date
from core.demand.service import count_waiting
from core.extension.blocks import render_blocks
from core.followup import check_in
from core.interviews.feedback import Figures, read_figures
from core.network import (
    export_pages,
    feature_pages,
    invitation_pages,
    overview,
    site_pages,
    standing_pages,
    team_pages,
    terms,
    terms_pages,
    terms_words,
)
from core.network.overview import StructureSummary
from core.network.partners import read_brought, read_logo
from core.network.switches.matrix import read_matrix
from core.network.switches.words import why_words
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, staff_of
from core.web.templating import day as in_words


@get("/reseau", guards=[manager], include_in_schema=False)
async def network_page(
    request: AnyRequest,
    departement: FromQuery[str] = "",
    etat: FromQuery[str] = "active",
    manque: FromQuery[bool] = False,
    semaine: FromQuery[int] = 0,
) -> Response[str]:
    """The network at a glance: figures, map, what is wrong, and the structures."""
    platform, user = platform_of(request), staff_of(request)
    ahead = min(max(semaine, 0), GAUGE_WEEKS - 1)
    monday = overview.monday_of(platform)
    structures = await overview.list_structures(platform, user, ahead)
    active = [structure for structure in structures if structure.status == "active"]
    departments = {structure.department for structure in structures}
    status = etat if etat in {"active", "draft", "closed"} else "active"
    shown = [
        structure
        for structure in structures
        if structure.status == status
        and departement in ("", structure.department)
        and (structure.is_short or not manque)
    ]
    values = {
        "structures": shown,
        "counts": {key: sum(s.status == key for s in structures) for key in _statuses()},
        "statuses": _statuses(),
        "status": status,
        "figures": {
            "active": len(active),
            "bookable": sum(structure.bookable for structure in active),
            "offered": sum(structure.offered for structure in active),
            "coming": sum(structure.coming for structure in active),
            "short": sum(structure.is_short for structure in active),
        },
        "short": [structure for structure in active if structure.is_short],
        "monday": monday + timedelta(weeks=ahead),
        "ahead": ahead,
        "today": local_date(platform.clock.now(), platform.zone),
        "week_choices": [
            (str(number), in_words(monday + timedelta(weeks=number)))
            for number in range(GAUGE_WEEKS)
        ],
        "problems": await overview.list_problems(platform, user),
        "waiting": await count_waiting(platform) if user.is_coordination else {},
        "feedback": await _feedback(platform) if user.is_coordination else None,
        "check_in": await _check_in(platform) if user.is_coordination else None,
        "form": Form({"departement": departement, "manque": manque, "semaine": str(ahead)}),
        "department": departement,
        "departments": [
            option for option in taxonomy.options("departments") if option[0] in departments
        ],
        "map_values": _by_department(active),
        "map_words": _map_words(active),
        "kind": lambda key: taxonomy.label("structure_kinds", key),
        "department_name": lambda code: taxonomy.label("departments", code),
    }
    return page(request, "network/overview.html", values)


@get("/reseau/{slug:str}", guards=[manager], include_in_schema=False)
async def structure_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """One structure: offer, people, sites, agreement, features, what comes."""
    platform, user = platform_of(request), staff_of(request)
    view = await overview.read_structure(platform, user, slug)
    matrix = await read_matrix(platform, user)
    row = next((row for row in matrix.rows if row.structure.id == view.summary.id), None)
    this_year = local_date(platform.clock.now(), platform.zone).year
    values = {
        "view": view,
        "structure": view.summary,
        "status_label": _statuses()[view.summary.status],
        "kind": taxonomy.label("structure_kinds", view.summary.kind),
        "department": taxonomy.label("departments", view.summary.department),
        "years": _years(this_year, dict(view.agreements)),
        "brought": await read_brought(platform, view.summary.id),
        "agreements": [
            (year, agreement_words(year, status, this_year)) for year, status in view.agreements
        ],
        "channels": {key: _(owned.item.label) for key, owned in platform.board.channels.items()},
        "features": list(zip(matrix.features, row.cells, strict=True)) if row else [],
        "why": why_words(),
        "terms": terms_words.in_force(
            await terms.own_terms(platform, view.summary.id), platform.settings.booking
        ),
        "obstacles": await list_structure_obstacles(platform, user, view.summary.id),
        "blocks": await render_blocks(
            request, "network.structure", view.summary.id, {"structure_id": view.summary.id}
        ),
    }
    return page(request, "network/structure.html", values)


@get("/structures/{slug:str}/logo", guards=[anyone], include_in_schema=False)
async def logo(request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
    """The logo of a partner, as its plugin brought it."""
    media_type, image = await read_logo(platform_of(request), slug)
    return Response(image, media_type=media_type, headers={"cache-control": "public, max-age=3600"})


async def _feedback(platform: Platform) -> Figures:
    """What youths said of their interviews over a year."""
    return await read_figures(platform, overview.monday_of(platform) - timedelta(days=365))


async def _check_in(platform: Platform) -> check_in.Figures:
    """Where the youths of a year's interviews are with it, a month later."""
    until = overview.monday_of(platform) - timedelta(days=30)
    return await check_in.read_figures(platform, until - timedelta(days=365), until)


def _statuses() -> dict[str, str]:
    return {"active": _("Actives"), "draft": _("À l’étude"), "closed": _("Fermées")}


def agreement_words(year: int, status: str, this_year: int) -> str:
    """How an agreement of a civil year stands in `this_year`: nothing goes on that is over, nothing has begun that is to come."""
    if status == "ended":
        return _("terminée")
    if status == "proposed":
        return _("restée sans suite") if year < this_year else _("proposée")
    if year < this_year:
        return _("arrivée à son terme")
    return _("en cours") if year == this_year else _("signée, commence en janvier")


def _years(this_year: int, agreements: Mapping[int, str]) -> list[tuple[int, str]]:
    """The present year and the next, each with what was agreed: what the coordination may decide on."""
    return [(year, agreements.get(year, "")) for year in (this_year, this_year + 1)]


def _by_department(structures: list[StructureSummary]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for structure in structures:
        counts[structure.department] = counts.get(structure.department, 0) + 1
    return counts


def _map_words(structures: list[StructureSummary]) -> dict[str, str]:
    """« Gironde : 5 structures, 23 h offertes », for every department."""
    counts = _by_department(structures)
    words = {}
    for code, name in taxonomy.options("departments"):
        number = counts.get(code, 0)
        hours = sum(s.offered for s in structures if s.department == code)
        words[code] = _("%(name)s : %(structures)s, %(hours)s") % {
            "name": name,
            "structures": ngettext("%(num)d structure", "%(num)d structures", number)
            % {"num": number},
            "hours": ngettext("%(num)d h offerte", "%(num)d h offertes", hours) % {"num": hours},
        }
    return words


routes: tuple[ControllerRouterHandler, ...] = (
    network_page,
    structure_page,
    *standing_pages.routes,
    logo,
    *feature_pages.routes,
    *export_pages.routes,
    *terms_pages.routes,
    *team_pages.routes,
    *invitation_pages.routes,
    *site_pages.routes,
)
