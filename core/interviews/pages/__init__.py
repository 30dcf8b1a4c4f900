"""Pages of interviews: the advisor's screen, the youth's preparation, the roadmap, a word afterwards."""

from litestar.types import ControllerRouterHandler

from core.interviews.pages import feedback, preparation, roadmap, screen

routes: tuple[ControllerRouterHandler, ...] = (
    *screen.routes,
    *preparation.routes,
    *roadmap.routes,
    *feedback.routes,
)
