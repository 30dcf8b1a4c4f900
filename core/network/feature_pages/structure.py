"""The features of one structure: what is on, why, since when, how it is."""

from collections.abc import Mapping, Sequence

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.contracts.surfaces import Health
from core.extension.overview import check_health
from core.network.feature_pages.common import sentences
from core.network.switches import rules, words
from core.network.switches.matrix import Standing, read_structure_features
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, staff_of


@get("/reseau/{slug:str}/fonctionnalites", guards=[manager], include_in_schema=False)
async def structure_features_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """Each feature with its reason in a sentence."""
    platform, user = platform_of(request), staff_of(request)
    structure, standings = await read_structure_features(platform, user, slug)
    names = rules.names_of(platform)
    health: dict[str, list[Health]] = {}
    for line in await check_health(platform, structure.id):
        health.setdefault(line.plugin_id, []).append(line.health)
    values = {
        "structure": structure,
        "groups": _grouped(standings, names, health),
        "titles": {"wrong": _("À revoir"), "on": _("Activées"), "off": _("Désactivées")},
        "count": len(standings),
        "on": sum(standing.cell.activity.on for standing in standings),
        "healths": health_words(),
        "sentences": sentences,
    }
    return page(request, "network/features_structure.html", values)


def _grouped(
    standings: Sequence[Standing],
    names: Mapping[str, str],
    health: Mapping[str, Sequence[Health]],
) -> Mapping[str, list[tuple[Standing, str, str, Sequence[Health]]]]:
    """By state, those in trouble first: each with why, since when, and how it is."""
    groups: dict[str, list[tuple[Standing, str, str, Sequence[Health]]]] = {
        "wrong": [], "on": [], "off": [],
    }  # fmt: skip
    for standing in standings:
        cell = standing.cell
        kind = "wrong" if cell.is_wrong else "on" if cell.activity.on else "off"
        why = words.why_sentence(cell.activity, names)
        lines = health.get(standing.feature.id, ())
        groups[kind].append((standing, why, words.since_words(standing), lines))
    for found in groups.values():
        found.sort(key=lambda one: all(line.state == "ok" for line in one[3]))
    return groups


def health_words() -> dict[str, tuple[str, str]]:
    """Each state of health: its word and its tone."""
    return {
        "ok": (_("va bien"), "good"),
        "degraded": (_("à surveiller"), "warn"),
        "failing": (_("en panne"), "bad"),
    }


routes: tuple[ControllerRouterHandler, ...] = (structure_features_page,)
