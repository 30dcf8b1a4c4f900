"""Today: who comes, what is to be filled in, what is offered, and what is in the way."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from core.accounts.access import advisor
from core.agenda import views
from core.agenda.desk import Desk
from core.agenda.obstacles import list_obstacles
from core.agenda.pages.common import desk_of, desk_page, without_desk
from core.clock import local_date
from core.extension.blocks import render_blocks
from core.interviews.reminders import list_reminders
from core.web.pages import AnyRequest, platform_of, staff_of

_NEXT_DAYS = 7


@get("/agenda", guards=[advisor], include_in_schema=False)
async def show_today(
    request: AnyRequest, conseiller: FromQuery[UUID | None] = None
) -> Response[Any]:
    """The day, what is to be filled in, the offer, the days that come."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform, user = platform_of(request), staff_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    days = await views.list_days(platform, user, desk, today, 1 + _NEXT_DAYS)
    values = {
        "today": today,
        "lines": days.pop(today),
        "next_days": {
            day: active
            for day, lines in days.items()
            if (active := [line for line in lines if line.state != "cancelled"])
        },
        "to_fill_in": await views.list_to_fill_in(platform, user, desk),
        "reminders": await list_reminders(platform, desk.advisor_id, today) if desk.mine else [],
        "gauges": await views.list_gauges(platform, desk),
        "minimum": platform.settings.booking.minimum_weekly_slots,
        "problems": await views.list_problems(platform, desk),
        "obstacles": await list_obstacles(platform, desk),
        "blocks": await _blocks(request, desk),
    }
    return await desk_page(request, desk, "agenda/today.html", values)


async def _blocks(request: AnyRequest, desk: Desk) -> Markup:
    """The plugins' pieces for each workplace; one that says the same for two is shown once."""
    if not desk.mine:
        return Markup("")
    values = {"advisor_id": desk.advisor_id}
    pieces = [
        await render_blocks(request, "advisor.agenda", workplace.id, values)
        for workplace in desk.workplaces
    ]
    return Markup("").join(dict.fromkeys(pieces))


routes: tuple[ControllerRouterHandler, ...] = (show_today,)
