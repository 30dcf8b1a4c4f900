"""The calendar of a desk by day, week and month. Going from one to the other keeps the date and what is shown."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import wording
from core.agenda.desk import Desk
from core.agenda.gauge import monday_of
from core.agenda.month import first_of_month, next_month, read_month
from core.agenda.obstacles import list_obstacles
from core.agenda.pages.common import desk_of, desk_page, without_desk
from core.agenda.reasons import list_day
from core.agenda.terms import read_terms
from core.agenda.views import list_problems
from core.agenda.week import Weekend, read_day, read_week
from core.clock import local_date
from core.errors import NotFound
from core.web.i18n import current_locale
from core.web.pages import AnyRequest, platform_of, staff_of

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_FARTHEST = timedelta(days=5 * 366)
_KEYS = {
    "fr": {"jour": "j", "semaine": "s", "mois": "m", "today": "a"},
    "en": {"jour": "d", "semaine": "w", "mois": "m", "today": "t"},
}
View = Literal["jour", "semaine", "mois"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one is in the calendar: the view, the date, what is shown, and at whose desk."""

    view: View
    day: date
    desk: Desk
    today: date
    weekend: Weekend = "auto"
    cancelled: bool = False

    def href(self, **changes: Any) -> str:
        """The address of here, with something changed."""
        there = msgspec.structs.replace(self, **changes)
        return f"/agenda/{there.view}?{urlencode(there.query)}"

    @property
    def query(self) -> Mapping[str, str]:
        """What the address of here ends with."""
        return {"jour": self.day.isoformat(), **self.kept}

    @property
    def kept(self) -> Mapping[str, str]:
        """What an address keeps beside the date."""
        return {
            **({} if self.desk.mine else {"conseiller": str(self.desk.advisor_id)}),
            **({} if self.weekend == "auto" else {"weekend": self.weekend}),
            **({"annules": "oui"} if self.cancelled else {}),
        }

    @property
    def keys(self) -> Mapping[str, str]:
        """The letter of each shortcut, in the language of the page."""
        return _KEYS[current_locale()]

    def add(self, what: Literal["plages/nouvelle", "absences/nouvelle"], day: date) -> str:
        """The address of a form that begins on a day."""
        desk = {} if self.desk.mine else {"conseiller": str(self.desk.advisor_id)}
        return f"/{what}?{urlencode({'jour': day.isoformat(), **desk, 'retour': 'agenda'})}"


@get("/agenda/jour", guards=[advisor], include_in_schema=False)
async def show_day(
    request: AnyRequest,
    jour: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
    weekend: FromQuery[Weekend] = "auto",
    annules: FromQuery[Literal["oui", ""]] = "",
) -> Response[Any]:
    """A day: its hours, its people, and why each hour is offered or not."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform, user = platform_of(request), staff_of(request)
    place = _place(request, "jour", jour, desk, weekend=weekend, cancelled=annules == "oui")
    terms = await read_terms(platform, [workplace.id for workplace in desk.workplaces])
    values = {
        "grid": await read_day(platform, user, desk, place.day, cancelled=place.cancelled),
        "turns": (place.day - _DAY, place.day + _DAY),
        "starts": [
            (start, wording.reason(start, terms[start.structure]))
            for start in await list_day(platform, desk, place.day)
        ],
        "problems": await list_problems(platform, desk),
        "obstacles": await list_obstacles(platform, desk),
    }
    return await _page(request, place, "agenda/day.html", values)


@get("/agenda/semaine", guards=[advisor], include_in_schema=False)
async def show_week(
    request: AnyRequest,
    jour: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
    weekend: FromQuery[Weekend] = "auto",
    annules: FromQuery[Literal["oui", ""]] = "",
) -> Response[Any]:
    """The week of a date: openings and free hours behind, appointments and absences before. A phone shows that date."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform, user = platform_of(request), staff_of(request)
    place = _place(request, "semaine", jour, desk, weekend=weekend, cancelled=annules == "oui")
    values = {
        "monday": monday_of(place.day),
        "grid": await read_week(
            platform, user, desk, place.day, weekend=weekend, cancelled=place.cancelled
        ),
        "turns": (place.day - _WEEK, place.day + _WEEK),
        "problems": await list_problems(platform, desk),
    }
    return await _page(request, place, "agenda/week.html", values)


@get("/agenda/mois", guards=[advisor], include_in_schema=False)
async def show_month(
    request: AnyRequest,
    jour: FromQuery[date | None] = None,
    conseiller: FromQuery[UUID | None] = None,
    weekend: FromQuery[Weekend] = "auto",
    annules: FromQuery[Literal["oui", ""]] = "",
) -> Response[Any]:
    """The month of a date: what each day holds, in figures."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform, user = platform_of(request), staff_of(request)
    place = _place(request, "mois", jour, desk, weekend=weekend, cancelled=annules == "oui")
    first = first_of_month(place.day)
    values = {
        "first": first,
        "weeks": await read_month(platform, user, desk, first),
        "turns": (first_of_month(first - _DAY), next_month(first)),
    }
    return await _page(request, place, "agenda/month.html", values)


def _place(
    request: AnyRequest,
    view: View,
    asked: date | None,
    desk: Desk,
    *,
    weekend: Weekend,
    cancelled: bool,
) -> Place:
    """Raises `NotFound` for a date years away: crawlers turn pages for ever."""
    platform = platform_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    if asked is not None and abs(asked - today) > _FARTHEST:
        raise NotFound("a date too far away")
    return Place(
        view=view,
        day=asked or today,
        desk=desk,
        today=today,
        weekend=weekend,
        cancelled=cancelled,
    )


async def _page(
    request: AnyRequest, place: Place, template: str, values: Mapping[str, Any]
) -> Response[Any]:
    platform = platform_of(request)
    shared = {"place": place, "at": platform.clock.now().astimezone(platform.zone)}
    return await desk_page(request, place.desk, template, {**shared, **values})


routes: tuple[ControllerRouterHandler, ...] = (show_day, show_week, show_month)
