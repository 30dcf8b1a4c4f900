"""Pages of the agenda: today, the week, openings, absences."""

from litestar.types import ControllerRouterHandler

from core.agenda.pages import absences, agenda, covered, openings

routes: tuple[ControllerRouterHandler, ...] = (
    *agenda.routes,
    *openings.routes,
    *absences.routes,
    *covered.routes,
)
