"""Pages after the interview: the youth writes and says where they are, the structure answers, the coordination counts."""

from litestar.types import ControllerRouterHandler

from core.followup.pages import figures, staff, youth

routes: tuple[ControllerRouterHandler, ...] = (*youth.routes, *staff.routes, *figures.routes)
