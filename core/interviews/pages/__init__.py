"""Pages of interviews: the advisor's screen, the youth's preparation, the roadmap."""

from litestar.types import ControllerRouterHandler

from core.interviews.pages import preparation, roadmap, screen

routes: tuple[ControllerRouterHandler, ...] = (
    *screen.routes,
    *preparation.routes,
    *roadmap.routes,
)
