"""Every route of the team's side of the sheets."""

from litestar.types import ControllerRouterHandler

from core.catalogue.editing.pages import desk, exchange, history, manage, write

routes: tuple[ControllerRouterHandler, ...] = (
    *desk.routes,
    *write.routes,
    *manage.routes,
    *history.routes,
    *exchange.routes,
)
