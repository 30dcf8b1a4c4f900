"""Pages of this room: search, week of slots, short form, the youth's own page, booking by staff."""

from litestar.types import ControllerRouterHandler

from core.booking.pages import appointment, changes, reserve, search, staff

routes: tuple[ControllerRouterHandler, ...] = (
    *search.routes,
    *reserve.routes,
    *appointment.routes,
    *changes.routes,
    *staff.routes,
)
