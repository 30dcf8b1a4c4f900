"""Pages of this room: search, week of slots, short form, the youth's own page and the day itself; booking by staff, an
appointment on their screen.
"""

from litestar.types import ControllerRouterHandler

from core.booking.pages import (
    appointment,
    changes,
    day,
    deeds,
    handled,
    origin,
    referral,
    referral_links,
    remedies,
    reserve,
    search,
    staff,
    week,
)

routes: tuple[ControllerRouterHandler, ...] = (
    *search.routes,
    *week.routes,
    *reserve.routes,
    *appointment.routes,
    *day.routes,
    *changes.routes,
    *staff.routes,
    *handled.routes,
    *origin.routes,
    *referral.routes,
    *referral_links.routes,
    *deeds.routes,
    *remedies.routes,
)
