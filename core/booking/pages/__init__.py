"""Pages of this room: search, week of slots, short form, the youth's own page and the day itself, booking by staff."""

from litestar.types import ControllerRouterHandler

from core.booking.pages import appointment, changes, day, reserve, search, staff

routes: tuple[ControllerRouterHandler, ...] = (
    *search.routes,
    *reserve.routes,
    *appointment.routes,
    *day.routes,
    *changes.routes,
    *staff.routes,
)
