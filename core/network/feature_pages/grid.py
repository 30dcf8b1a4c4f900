"""Structures × features: the table on a desk, two lists on a phone, the same as a file."""

from typing import Any

from litestar import Response, get
from litestar.params import FromQuery

from core.accounts.access import manager
from core.catalogue import taxonomy
from core.network.feature_pages.common import PATH
from core.network.switches import words
from core.network.switches.history import as_csv
from core.network.switches.matrix import Filters, Kind, Matrix, read_matrix
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_STATES: tuple[Kind, ...] = ("on", "off", "wrong")


@get(PATH, guards=[manager], include_in_schema=False)
async def features_page(
    request: AnyRequest,
    *,
    q: FromQuery[str] = "",
    departement: FromQuery[str] = "",
    fonctionnalite: FromQuery[str] = "",
    etat: FromQuery[str] = "",
    ecarts: FromQuery[bool] = False,
) -> Response[str] | Response[None]:
    """Every structure and every feature that the user may know of; a manager of one structure is led to its own page."""
    filters = _filters(q, departement, fonctionnalite, etat, ecarts)
    platform, user = platform_of(request), staff_of(request)
    everything = await read_matrix(platform, user)
    if not user.is_coordination and len(everything.rows) == 1:
        return redirect(f"/reseau/{everything.rows[0].structure.slug}/fonctionnalites")
    matrix = await read_matrix(platform, user, filters)
    departments = {row.structure.department for row in everything.rows}
    values = {
        "matrix": matrix,
        "filtered": filters != Filters(),
        "query": request.url.query,
        "form": Form(
            {
                "q": q,
                "departement": departement,
                "fonctionnalite": fonctionnalite,
                "etat": filters.state,
                "ecarts": ecarts,
            }
        ),
        "all_features": [(one.id, one.name) for one in everything.features],
        "departments": [
            option for option in taxonomy.options("departments") if option[0] in departments
        ],
        "states": list(words.state_words().items()),
        "policies": words.policy_words(),
        **_cells(matrix),
    }
    return page(request, "network/features.html", values)


@get(f"{PATH}/-/export.csv", guards=[manager], include_in_schema=False)
async def features_csv(
    request: AnyRequest,
    *,
    q: FromQuery[str] = "",
    departement: FromQuery[str] = "",
    fonctionnalite: FromQuery[str] = "",
    etat: FromQuery[str] = "",
    ecarts: FromQuery[bool] = False,
) -> Response[bytes]:
    """The table as a file, with the same filters: one line for a structure and a feature."""
    filters = _filters(q, departement, fonctionnalite, etat, ecarts)
    matrix = await read_matrix(platform_of(request), staff_of(request), filters)
    states, why, policies = words.state_words(), words.why_words(), words.policy_words()
    heading = (
        _("Structure"), _("Département"), _("Fonctionnalité"), _("État"), _("Pourquoi"),
        _("Règle de la région"), _("Confiée aux structures"), _("Différente de la règle"),
    )  # fmt: skip
    lines = [
        (
            row.structure.name,
            row.structure.department,
            feature.name,
            states["on" if cell.activity.on else "off"],
            why[cell.activity.why],
            policies[feature.policy],
            _("oui") if feature.is_delegated else _("non"),
            _("oui") if cell.differs else _("non"),
        )
        for row in matrix.rows
        for feature, cell in zip(matrix.features, row.cells, strict=True)
    ]
    return Response(
        as_csv([heading, *lines]),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="fonctionnalites.csv"'},
    )


def _filters(text: str, department: str, plugin_id: str, state: str, differences: bool) -> Filters:
    return Filters(
        text=text[:100],
        department=department,
        plugin_id=plugin_id,
        state=next((one for one in _STATES if one == state), ""),
        only_differences=differences,
    )


def _cells(matrix: Matrix) -> dict[str, Any]:
    """The words of a cell, worked out once for the few kinds that there are and not for each of thousands."""
    why, states = words.why_words(), words.state_words()
    spoken = {}
    for row in matrix.rows:
        for cell in row.cells:
            key = (cell.activity.on, cell.activity.why)
            if key not in spoken:
                state = states["on" if cell.activity.on else "off"]
                spoken[key] = f"{state}, {why[cell.activity.why]}"
    return {"spoken": spoken, "yes": _("oui"), "no": _("non")}
