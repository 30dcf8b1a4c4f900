"""For the coordination: what became of the projects, counted a month after the interviews. Nobody's words are here."""

from datetime import timedelta

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from core.accounts.access import coordinator
from core.clock import local_date
from core.followup import check_in
from core.web.pages import AnyRequest, page, platform_of


@get("/reseau/nouvelles", guards=[coordinator], include_in_schema=False)
async def figures_page(request: AnyRequest) -> Response[str]:
    """The answers about the interviews of a year, the last thirty days apart: those were not asked yet."""
    platform = platform_of(request)
    until = local_date(platform.clock.now(), platform.zone) - timedelta(days=30)
    values = {
        "figures": await check_in.read_figures(platform, until - timedelta(days=365), until),
        "answers": check_in.labels(),
        "until": until,
    }
    return page(request, "followup/figures.html", values)


routes: tuple[ControllerRouterHandler, ...] = (figures_page,)
