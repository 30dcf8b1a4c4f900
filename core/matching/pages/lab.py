"""The laboratory and the gaps: strategies tried on youths, and youths for whom the sheets have little."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from core.accounts.access import coordinator
from core.catalogue import service as catalogue
from core.catalogue.reasons import criterion_name
from core.matching import lab, plots
from core.matching.choice import FALLBACK
from core.matching.gaps import FEW, read_gaps
from core.matching.lab import FIRST, Entrant, Report
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of

_MOST = 200


@get("/reseau/laboratoire", guards=[coordinator], include_in_schema=False)
async def laboratory(request: AnyRequest) -> Response[str]:
    """Every strategy on the examples, or on past interviews (`jeunes=passes`); a blend may join them (`poids:<key>`)."""
    platform, query = platform_of(request), request.query_params
    past = query.get("jeunes") == "passes"
    cases = await (lab.past_cases(platform, _MOST) if past else lab.example_cases(platform))
    keys = sorted(platform.board.strategies, key=lambda key: (key == FALLBACK, key))
    weights = {key: _weight(query.get(f"poids:{key}", "")) for key in keys}
    entrants = [Entrant(weights={key: 100}) for key in keys]
    trial = {key: weight for key, weight in weights.items() if weight}
    if len(trial) > 1:
        entrants.insert(0, Entrant(weights=trial))
    report = await lab.compare(platform, cases, entrants)
    fine = [result for result in report.results if not result.problem]
    titles = {p.id: p.title_fr for p in await catalogue.published(platform)}
    values: dict[str, Any] = {
        "form": Form(
            {
                "jeunes": "passes" if past else "exemples",
                **{f"poids:{key}": weight or "" for key, weight in weights.items()},
            }
        ),
        "past": past,
        "report": report,
        "strategies": [(key, platform.board.strategies[key].item.label) for key in keys],
        "titles": titles,
        "rule": criterion_name,
        "first": FIRST,
        "plots": plots,
        "curves": plots.curves(fine),
        "pairs": _pairs(report),
        "whole": lambda number: f"{number:.0f}",
    }
    return page(request, "matching/lab.html", values)


@get("/reseau/lacunes", guards=[coordinator], include_in_schema=False)
async def gaps(request: AnyRequest) -> Response[str]:
    """Who finds little among the sheets, in figures."""
    platform: Platform = platform_of(request)
    return page(request, "matching/gaps.html", {"gaps": await read_gaps(platform), "few": FEW})


def _weight(raw: str) -> int:
    return min(100, int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0


def _pairs(report: Report) -> Sequence[dict[str, Any]]:
    """The first strategy beside each of the others: how many rankings differ, and where each puts the other's sheets."""
    fine = [result for result in report.results if not result.problem]
    return [
        {
            "some": fine[0].label,
            "other": other.label,
            "changed": lab.changed(fine[0], other),
            "dots": plots.moves(fine[0], other),
            "title": _("Rang par « %(some)s », puis par « %(other)s »")
            % {"some": fine[0].label, "other": other.label},
        }
        for other in fine[1:]
    ]


routes: tuple[ControllerRouterHandler, ...] = (laboratory, gaps)
