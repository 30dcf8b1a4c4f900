"""Pages of this room: the youth's own data by their link, erasure at the desk, the journal."""

from litestar.types import ControllerRouterHandler

from core.privacy.pages import desk, journal, own

routes: tuple[ControllerRouterHandler, ...] = (*own.routes, *desk.routes, *journal.routes)
