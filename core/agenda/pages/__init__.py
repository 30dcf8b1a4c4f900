"""Pages of the agenda: today, the week, openings, absences, the reception desk."""

from litestar.types import ControllerRouterHandler

from core.agenda.pages import absences, agenda, covered, live, openings, reception

routes: tuple[ControllerRouterHandler, ...] = (
    *agenda.routes,
    *openings.routes,
    *absences.routes,
    *live.routes,
    *reception.routes,
    *covered.routes,
)
