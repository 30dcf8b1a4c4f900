"""Pages of the agenda: today, the calendar, openings, absences, the reception desk."""

from litestar.types import ControllerRouterHandler

from core.agenda.pages import absences, agenda, calendar, covered, live, openings, reception

routes: tuple[ControllerRouterHandler, ...] = (
    *agenda.routes,
    *calendar.routes,
    *openings.routes,
    *absences.routes,
    *live.routes,
    *reception.routes,
    *covered.routes,
)
