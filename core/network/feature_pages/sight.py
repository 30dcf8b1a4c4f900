"""The platform as one structure sees it, drawn; beside it, if asked, as it would see it after a turn that nobody made yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import CurrentUser, manager
from core.contracts.context import StructureRef
from core.contracts.surfaces import NavItem
from core.extension.activation import Switch
from core.extension.state import Snapshot
from core.network.feature_pages.common import foresight_values, in_vain
from core.network.switches import rules, turning, words
from core.network.switches.drawing import Drawn, Letter, list_drawn, list_letters
from core.network.switches.foresight import foresee, suppose
from core.network.switches.rules import Feature
from core.network.switches.turning import Turn, to_switch
from core.network.switches.view import SeenChannel, StructureSight, read_sight
from core.notices.words import kind_label
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, staff_of


@get("/reseau/{slug:str}/apercu", guards=[manager], include_in_schema=False)
async def sight_page(
    request: AnyRequest, slug: FromPath[str], si: FromQuery[str] = ""
) -> Response[str]:
    """What the structure's staff and youths see; `si` is the feature whose other state is drawn beside it."""
    platform, user = platform_of(request), staff_of(request)
    now = await platform.plugins.fresh()
    structure = rules.find_structure(user, now, slug)
    features = [
        feature
        for feature in rules.visible_features(platform, user, now, [structure.id])
        if not feature.is_locked
    ]
    supposed = now
    about: dict[str, Any] = {"feature": None}
    if si:
        supposed, about = await _supposed(platform, user, now, structure, si)
    here = await read_sight(platform, now, structure)
    there = await read_sight(platform, supposed, structure) if si else here
    values = {
        "structure": structure,
        "form": Form({"si": si}),
        "choices": [(one.id, _choice(user, now, one, structure)) for one in features],
        "states": [("", here, there), ("then", there, here)] if si else [("", here, here)],
        "places": _by_place(await list_drawn(platform, structure, now, supposed)),
        "letters": _by_audience(await list_letters(platform, structure, now, supposed)),
        "services": _services(here),
        "roles": (("manager", _("référent·e")), ("advisor", _("conseiller·ère"))),
        "labels_of": _labels_of,
        "missing": _missing,
        "kind_label": kind_label,
        **about,
    }
    return page(request, "network/features_sight.html", values)


async def _supposed(
    platform: Platform, user: CurrentUser, now: Snapshot, structure: StructureRef, plugin_id: str
) -> tuple[Snapshot, dict[str, Any]]:
    """The state after the opposite turn of a feature, and what the page says of it. Raises `NotFound`."""
    record = rules.find_record(platform, user, now, plugin_id)
    feature = rules.feature_of(record, now)
    cell = rules.cell_of(user, now, feature, structure.id)
    wanted: Switch = turning.opposite(cell)
    change = to_switch(Turn(switch=wanted))
    then = suppose(now, structure.id, plugin_id, change)
    names = rules.names_of(platform)
    found = await foresee(platform, now, plugin_id, [structure], change)
    return then, {
        "feature": feature,
        "wanted": wanted,
        "may_flip": cell.may_flip,
        "in_vain": in_vain(now, structure.id, plugin_id, wanted, names),
        **foresight_values(found, names),
    }


def _choice(user: CurrentUser, now: Snapshot, feature: Feature, structure: StructureRef) -> str:
    cell = rules.cell_of(user, now, feature, structure.id)
    sentence = (
        _("%(name)s s’arrêtait") if turning.opposite(cell) == "off" else _("%(name)s s’activait")
    )
    return sentence % {"name": feature.name}


def _labels_of(things: Sequence[NavItem | SeenChannel]) -> list[str]:
    return [_(thing.label) for thing in things]


def _missing(labels: Sequence[str], others: Sequence[str]) -> list[str]:
    """What is among `labels` and not among `others`."""
    return [label for label in labels if label not in others]


def _by_place(drawn: Sequence[Drawn]) -> Mapping[str, list[Drawn]]:
    titles = place_words()
    places: dict[str, list[Drawn]] = {}
    for one in drawn:
        places.setdefault(titles.get(one.place, one.place), []).append(one)
    return places


def _by_audience(letters: Sequence[Letter]) -> Mapping[str, list[Letter]]:
    to = {
        "youth": _("Aux jeunes"),
        "advisor": _("Aux conseiller·ères"),
        "former_advisor": _("À qui passe la main"),
        "staff": _("À l’équipe"),
    }
    audiences: dict[str, list[Letter]] = {}
    for letter in letters:
        audiences.setdefault(to.get(letter.audience, letter.audience), []).append(letter)
    return audiences


def _services(sight: StructureSight) -> Mapping[str, list[tuple[str, str]]]:
    kinds = words.surface_words()
    services: dict[str, list[tuple[str, str]]] = {}
    for thing in sight.services:
        services.setdefault(kinds[thing.kind][1], []).append((thing.label, thing.plugin))
    return services


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


routes: tuple[ControllerRouterHandler, ...] = (sight_page,)
