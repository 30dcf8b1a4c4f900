"""Today; then a day, a week or a month of the agenda."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from core.accounts.access import advisor
from core.agenda import views
from core.agenda.desk import Desk
from core.agenda.month import read_month
from core.agenda.pages.common import desk_of, desk_page, without_desk
from core.agenda.week import Shown, read_days, read_week
from core.clock import local_date
from core.errors import NotFound
from core.extension.blocks import render_blocks
from core.web.pages import AnyRequest, platform_of, staff_of

_NEXT_DAYS = 7
_FARTHEST = timedelta(days=5 * 366)


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
        "gauges": await views.list_gauges(platform, desk),
        "minimum": platform.settings.booking.minimum_weekly_slots,
        "problems": await views.list_problems(platform, desk.advisor_id),
        "obstacles": await views.list_obstacles(platform, desk),
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


@get("/agenda/semaine", guards=[advisor], include_in_schema=False)
async def show_week(
    request: AnyRequest,
    lundi: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
    fin: FromQuery[bool] = False,
    annules: FromQuery[bool] = False,
) -> Response[Any]:
    """A week: openings behind, the rest before. `fin` shows empty weekends, `annules` what was cancelled."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    monday = views.monday_of(_near(request, lundi))
    shown = Shown(weekends=fin, cancelled=annules)
    values = {
        **_moves(request, "semaine", monday, timedelta(days=7)),
        "days": await read_week(platform_of(request), staff_of(request), desk, monday, shown),
        "shown": shown,
    }
    return await desk_page(request, desk, "agenda/week.html", values)


@get("/agenda/jour", guards=[advisor], include_in_schema=False)
async def show_day(
    request: AnyRequest,
    jour: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
    annules: FromQuery[bool] = False,
) -> Response[Any]:
    """One day, the same way."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    day = _near(request, jour)
    user = staff_of(request)
    values = {
        **_moves(request, "jour", day, timedelta(days=1)),
        "days": await read_days(platform_of(request), user, desk, day, 1, cancelled=annules),
        "shown": Shown(cancelled=annules),
    }
    return await desk_page(request, desk, "agenda/week.html", values)


@get("/agenda/mois", guards=[advisor], include_in_schema=False)
async def show_month(
    request: AnyRequest,
    jour: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
) -> Response[Any]:
    """The month of a day, as counts."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    first = _near(request, jour).replace(day=1)
    values = {
        **_moves(request, "mois", first, timedelta(days=0)),
        "previous": (first - timedelta(days=1)).replace(day=1),
        "following": (first + timedelta(days=31)).replace(day=1),
        "weeks": await read_month(platform_of(request), staff_of(request), desk, first),
    }
    return await desk_page(request, desk, "agenda/month.html", values)


def _near(request: AnyRequest, asked: date | None) -> date:
    """The day asked for, else today. Raises `NotFound` for one too far away."""
    platform = platform_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    if asked is not None and abs(asked - today) > _FARTHEST:
        raise NotFound("a day too far away")
    return asked or today


def _moves(request: AnyRequest, view: str, day: date, step: timedelta) -> dict[str, Any]:
    """Where one is and where one turns to; a change of view keeps the day."""
    platform = platform_of(request)
    return {
        "view": view,
        "today": local_date(platform.clock.now(), platform.zone),
        "shown_day": day,
        "previous": day - step,
        "following": day + step,
    }


routes: tuple[ControllerRouterHandler, ...] = (show_today, show_week, show_day, show_month)
