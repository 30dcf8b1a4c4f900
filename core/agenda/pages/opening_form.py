"""The form of an opening: what it would give, what it meets, what saving or removing it would leave outside."""

from datetime import date, timedelta
from itertools import groupby, islice
from typing import Any, Literal

from litestar import Response

from core.agenda import openings, series, views, wording
from core.agenda.desk import Desk
from core.agenda.gauge import monday_of
from core.agenda.pages.common import desk_page, form_address
from core.agenda.providers import OpeningRow
from core.agenda.reasons import Start, preview_starts
from core.agenda.recurrence import list_days
from core.agenda.terms import read_terms
from core.clock import local_date
from core.platform import Platform
from core.web.forms import Form
from core.web.pages import AnyRequest, platform_of, staff_of

OpeningFilled = Form[openings.OpeningForm]
Previewed = tuple[Start, str]
ScopeWord = Literal["une", "suivantes", "toutes"]
SCOPES: dict[ScopeWord, series.Scope] = {"une": "one", "suivantes": "following", "toutes": "all"}
_SHOWN_AHEAD = timedelta(days=366)


async def likely_values(platform: Platform, desk: Desk) -> dict[str, Any]:
    """What a new opening most likely is: an afternoon of next week, every week, where and how as last time."""
    today = local_date(platform.clock.now(), platform.zone)
    values: dict[str, Any] = {
        "repeat": "weekly",
        "every": 1,
        "starts_on": (monday_of(today) + timedelta(days=7)).isoformat(),
        "start_time": "14:00",
        "end_time": "17:00",
    }
    usual = await openings.list_openings(platform, desk)
    if usual:
        return values | {
            "structure": str(usual[-1].structure),
            "channels": list(usual[-1].channels),
            "site": str(usual[-1].site or ""),
        }
    if len(desk.workplaces) == 1:
        [workplace] = desk.workplaces
        snapshot = await platform.plugins.current()
        values["channels"] = [
            key
            for key, _label in openings.channel_choices(platform, snapshot, workplace.id)
            if workplace.sites or not platform.board.channels[key].item.needs_site
        ]
        if len(workplace.sites) == 1:
            values["site"] = str(workplace.sites[0].id)
    return values


def values_of(part: series.Part) -> dict[str, Any]:
    """What the form says of an opening, or of the part of it that is changed."""
    opening = part.opening
    return {
        "structure": str(opening.structure),
        "channels": list(opening.channels),
        "site": str(opening.site or ""),
        "repeat": "none" if part.scope == "one" else opening.repeat,
        "every": opening.every,
        "starts_on": part.first.isoformat(),
        "ends_on": opening.ends_on.isoformat() if opening.ends_on else "",
        "start_time": f"{opening.start_time:%H:%M}",
        "end_time": f"{opening.end_time:%H:%M}",
        "slot_minutes": opening.slot_minutes or "",
    }


async def form_page(
    request: AnyRequest,
    desk: Desk,
    form: OpeningFilled,
    part: series.Part | None,
    *,
    row: OpeningRow | None = None,
    day: date | None = None,
    status: int = 200,
) -> Response[Any]:
    """The form of an opening; `row` is the opening that it describes, when it has no fault."""
    platform = platform_of(request)
    snapshot = await platform.plugins.current()
    several = len(desk.workplaces) > 1
    channels = {
        key: label
        for place in desk.workplaces
        for key, label in openings.channel_choices(platform, snapshot, place.id)
    }
    values = {
        "form": form,
        "part": part,
        "overlaps": "",
        "impossible": "",
        "outside": (),
        "held": (),
        "removed": (),
        "day": day or (part.day if part else None),
        "opening": part.opening if part else None,
        "row": row,
        "addresses": _addresses(request, desk, part, day),
        "wording": wording,
        "today": local_date(platform.clock.now(), platform.zone),
        "dates": await _preview(platform, row) if row else None,
        "terms": (await read_terms(platform, [row.structure]))[row.structure] if row else None,
        "lengths": sorted({place.slot_minutes for place in desk.workplaces}),
        "every_choices": wording.every_choices(),
        "channels": list(channels.items()),
        "structures": [(place.id, place.name) for place in desk.workplaces],
        "sites": [
            (site.id, f"{place.name} : {site.name}" if several else f"{site.name}, {site.city}")
            for place in desk.workplaces
            for site in place.sites
        ],
        **(await _consequences(request, desk, part, row) if row else {}),
        **(await _dates(request, part) if part else {}),
    }
    return await desk_page(request, desk, "agenda/opening.html", values, status=status)


def _addresses(
    request: AnyRequest, desk: Desk, part: series.Part | None, day: date | None
) -> dict[str, str]:
    """Where the buttons of the form lead."""
    if part is None:
        whose = None if desk.mine else desk.advisor_id
        return {
            "save": form_address(request, "/plages", conseiller=whose),
            "preview": form_address(request, "/plages/apercu", conseiller=whose),
        }
    words = {scope: word for word, scope in SCOPES.items()}
    path = f"/plages/{part.opening.id}"
    which = {"jour": part.day or day, "portee": words[part.scope] if part.day or day else None}
    return {
        "save": form_address(request, path, **which),
        "preview": form_address(request, "/plages/apercu", **which, plage=part.opening.id),
        "delete": form_address(request, f"{path}/supprimer", **which),
        "scope": form_address(request, path, jour=day or part.day),
    }


async def _preview(platform: Platform, row: OpeningRow) -> list[tuple[date, list[Previewed]]]:
    """The first dates of an opening, each with its hours and what stands in their way."""
    terms = (await read_terms(platform, [row.structure]))[row.structure]
    starts = await preview_starts(platform, row, terms)
    return [
        (day, [(start, wording.reason(start, terms)) for start in of_day])
        for day, of_day in groupby(starts, lambda start: local_date(start.starts_at, platform.zone))
    ]


async def _consequences(
    request: AnyRequest, desk: Desk, part: series.Part | None, row: OpeningRow
) -> dict[str, Any]:
    """What the opening meets, and the appointments that saving it would leave outside."""
    platform, user = platform_of(request), staff_of(request)
    rest = part.rest if part else None
    others = await openings.overlapping(platform, row, rest)
    impossible = [one for one in others if openings.needs_two_places(platform, row, one)]
    after = [row] if rest is None else [rest, row]
    outside = await series.left_without(platform, [part.opening], after) if part else ()
    return {
        "overlaps": wording.titles(others),
        "impossible": series.two_places(impossible[0]) if impossible else "",
        "outside": [views.as_line(platform, user, desk, view) for view in outside],
    }


async def _dates(request: AnyRequest, part: series.Part) -> dict[str, Any]:
    """The days of a series that come, those that it leaves out, and what its removal would leave booked."""
    platform = platform_of(request)
    opening = part.opening
    today = local_date(platform.clock.now(), platform.zone)
    days = list_days(opening.rule, today, today + _SHOWN_AHEAD)
    held = await series.list_replacements(platform, opening, today)
    instead = {one.series_day for one in held}
    gone = [
        one
        for one in held
        if part.scope != "one" and one.series_day and one.series_day >= part.first
    ]
    booked = await series.left_without(platform, [opening, *gone], [part.rest] if part.rest else [])
    return {
        "next_days": list(islice(days, 6)) if opening.repeat != "none" else [],
        "held": held,
        "removed": [day for day in opening.without if day >= today and day not in instead],
        "booked": len(booked),
    }
