"""The features of one structure: what is on, why, since when, how it is; and the platform as the structure sees it."""

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.extension.overview import check_health
from core.network.switches import rules, words
from core.network.switches.matrix import read_structure_features
from core.network.switches.view import read_sight
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, staff_of


@get("/reseau/{slug:str}/fonctionnalites", guards=[manager], include_in_schema=False)
async def structure_features_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """Each feature with its reason in a sentence."""
    platform, user = platform_of(request), staff_of(request)
    structure, standings = await read_structure_features(platform, user, slug)
    names = rules.names_of(platform)
    health: dict[str, list[object]] = {}
    on = {standing.feature.id for standing in standings if standing.cell.activity.on}
    for line in await check_health(platform):
        if line.structure_id == structure.id or (
            line.structure_id is None and line.plugin_id in on
        ):
            health.setdefault(line.plugin_id, []).append(line.health)
    values = {
        "structure": structure,
        "standings": [
            (
                standing,
                words.why_sentence(standing.cell.activity, names),
                words.since_words(standing),
                health.get(standing.feature.id, []),
            )
            for standing in standings
        ],
        "on": len(on),
        "healths": health_words(),
    }
    return page(request, "network/features_structure.html", values)


@get("/reseau/{slug:str}/apercu", guards=[manager], include_in_schema=False)
async def sight_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """What the structure's staff and youths see."""
    sight = await read_sight(platform_of(request), staff_of(request), slug)
    kinds = words.surface_words()
    services: dict[str, list[tuple[str, str]]] = {}
    for thing in sight.services:
        services.setdefault(kinds[thing.kind][1], []).append((thing.label, thing.plugin))
    values = {
        "sight": sight,
        "structure": sight.structure,
        "places": place_words(),
        "services": services,
    }
    return page(request, "network/features_sight.html", values)


def health_words() -> dict[str, tuple[str, str]]:
    """Each state of health: its word and its tone."""
    return {
        "ok": (_("va bien"), "good"),
        "degraded": (_("à surveiller"), "warn"),
        "failing": (_("en panne"), "bad"),
    }


def place_words() -> dict[str, str]:
    """The places of blocks, as one who uses the pages calls them."""
    return {
        "advisor.agenda": _("l’agenda des conseiller·ères"),
        "appointment.page": _("la page du rendez-vous, vue par le ou la jeune"),
        "interview.screen": _("l’écran de l’entretien"),
        "roadmap.page": _("la feuille de route"),
        "feedback.page": _("la page d’après l’entretien, quand le ou la jeune a dit son avis"),
        "catalogue.sheet": _("la page publique d’une fiche"),
        "structure.page": _("la page publique des créneaux"),
        "network.structure": _("la page de la structure"),
        "network.matching": _("l’atelier d’appariement"),
    }


routes: tuple[ControllerRouterHandler, ...] = (structure_features_page, sight_page)
