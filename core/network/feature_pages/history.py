"""The history of the switches, the rules and the settings: who, when, why; on a page and as a file."""

from collections.abc import Sequence

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.network.feature_pages.common import PATH
from core.network.switches import rules, words
from core.network.switches.history import Deed, as_csv, list_deeds
from core.network.switches.rules import Feature
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, staff_of
from core.web.templating import iso

_PER_PAGE = 50
_MOST = 5_000


@get(f"{PATH}/-/historique", guards=[manager], include_in_schema=False)
async def history_page(
    request: AnyRequest,
    fonctionnalite: FromQuery[str] = "",
    structure: FromQuery[str] = "",
    numero: FromQuery[int] = 1,
) -> Response[str]:
    """What was done, the latest first."""
    number = max(1, min(numero, 10_000))
    features, deeds = await _deeds(
        request, fonctionnalite, structure, _PER_PAGE + 1, (number - 1) * _PER_PAGE
    )
    names = rules.names_of(platform_of(request))
    platform, user = platform_of(request), staff_of(request)
    snapshot = await platform.plugins.fresh()
    refs = await rules.visible_structures(platform, user, snapshot)
    values = {
        "deeds": [(deed, words.deed_words(deed, names)) for deed in deeds[:_PER_PAGE]],
        "more": len(deeds) > _PER_PAGE,
        "number": number,
        "form": Form({"fonctionnalite": fonctionnalite, "structure": structure}),
        "features": [(feature.id, feature.name) for feature in features],
        "structures": [(ref.slug, ref.name) for ref in refs],
    }
    return page(request, "network/features_history.html", values)


@get(f"{PATH}/-/historique.csv", guards=[manager], include_in_schema=False)
async def history_csv(
    request: AnyRequest, fonctionnalite: FromQuery[str] = "", structure: FromQuery[str] = ""
) -> Response[bytes]:
    """The same as a file, the latest five thousand deeds."""
    _features, deeds = await _deeds(request, fonctionnalite, structure, _MOST, 0)
    names = rules.names_of(platform_of(request))
    heading = (
        _("Quand"), _("Qui"), _("Quoi"), _("Fonctionnalité"), _("Structure"), _("Raison"),
        _("Vérification passée outre"),
    )  # fmt: skip
    lines = [
        (
            iso(deed.at),
            deed.who or "",
            words.deed_words(deed, names),
            names.get(deed.plugin_id, deed.plugin_id),
            deed.structure or "",
            deed.reason,
            deed.overruled,
        )
        for deed in deeds
    ]
    return Response(
        as_csv([heading, *lines]),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="fonctionnalites-historique.csv"'},
    )


async def _deeds(
    request: AnyRequest, plugin_id: str, slug: str, most: int, skip: int
) -> tuple[Sequence[Feature], Sequence[Deed]]:
    platform, user = platform_of(request), staff_of(request)
    snapshot = await platform.plugins.fresh()
    features = rules.visible_features(platform, user, snapshot, ())
    known = [feature.id for feature in features]
    structure = rules.find_structure(user, snapshot, slug) if slug else None
    deeds = await list_deeds(
        platform,
        user,
        plugin_id=plugin_id if plugin_id in known else "",
        structure_id=structure.id if structure else None,
        plugins=known,
        most=most,
        skip=skip,
    )
    return features, deeds


routes: tuple[ControllerRouterHandler, ...] = (history_page, history_csv)
