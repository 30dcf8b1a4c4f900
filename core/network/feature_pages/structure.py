"""The features of one structure: what is on, why, since when, how it is."""

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.extension.overview import check_health
from core.network.switches import rules, words
from core.network.switches.matrix import read_structure_features
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


def health_words() -> dict[str, tuple[str, str]]:
    """Each state of health: its word and its tone."""
    return {
        "ok": (_("va bien"), "good"),
        "degraded": (_("à surveiller"), "warn"),
        "failing": (_("en panne"), "bad"),
    }


routes: tuple[ControllerRouterHandler, ...] = (structure_features_page,)
