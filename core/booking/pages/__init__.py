"""Pages of this room: search, week of slots, short form, the youth's own page, booking by staff, an appointment on their screen."""

from litestar.types import ControllerRouterHandler

from core.booking.pages import (
    appointment,
    changes,
    deeds,
    handled,
    remedies,
    reserve,
    search,
    staff,
)

routes: tuple[ControllerRouterHandler, ...] = (
    *search.routes,
    *reserve.routes,
    *appointment.routes,
    *changes.routes,
    *staff.routes,
    *handled.routes,
    *deeds.routes,
    *remedies.routes,
)
