"""Openings: the list, the form with a preview of its slots, deletion."""

from datetime import date, timedelta
from itertools import groupby, islice
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import openings, series, views, wording
from core.agenda.desk import Desk, read_desk
from core.agenda.gauge import monday_of
from core.agenda.obstacles import list_obstacles
from core.agenda.pages.common import (
    after,
    desk_of,
    desk_page,
    form_address,
    hours_after,
    read_hour,
    without_desk,
)
from core.agenda.providers import OpeningRow
from core.agenda.reasons import Start, preview_starts
from core.agenda.recurrence import list_days
from core.agenda.shortage import possible_channels
from core.agenda.terms import read_terms
from core.clock import local_date
from core.errors import Conflict, NotFound, Refused
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of
from core.web.templating import day as in_words

OpeningFilled = Form[openings.OpeningForm]
Previewed = tuple[Start, str]
ScopeWord = Literal["une", "suivantes", "toutes"]
_SCOPES: dict[ScopeWord, series.Scope] = {"une": "one", "suivantes": "following", "toutes": "all"}
_SHOWN_AHEAD = timedelta(days=366)


@get("/plages", guards=[advisor], include_in_schema=False)
async def list_all(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """The openings of a desk."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform = platform_of(request)
    found = await openings.list_openings(platform, desk)
    snapshot = await platform.plugins.current()
    values = {
        "possible": {
            one.id: possible_channels(platform, snapshot, place, one)
            for one in found
            if (place := desk.workplace(one.structure))
        },
        "openings": [(one, await openings.next_slots(platform, one, 3)) for one in found],
        "lengths": {place.id: place.slot_minutes for place in desk.workplaces},
        "wording": wording,
        "channels": platform.board.channels,
        "sites": {site.id: site for place in desk.workplaces for site in place.sites},
        "today": local_date(platform.clock.now(), platform.zone),
        "problems": await views.list_problems(platform, desk),
        "obstacles": await list_obstacles(platform, desk),
    }
    return await desk_page(request, desk, "agenda/openings.html", values)


@get("/plages/nouvelle", guards=[advisor], include_in_schema=False)
async def show_new(
    request: AnyRequest,
    conseiller: FromQuery[UUID | None] = None,
    jour: FromQuery[date | None] = None,
    debut: FromQuery[str] = "",
    fin: FromQuery[str] = "",
) -> Response[Any]:
    """A form filled with what is likely (where and how, as last time), or with the day and the hours that were pointed at."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform = platform_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    snapshot = await platform.plugins.current()
    values = {
        "repeat": "weekly",
        "every": 1,
        "starts_on": (monday_of(today) + timedelta(days=7)).isoformat(),
        "start_time": "14:00",
        "end_time": "17:00",
    }
    begins = read_hour(debut)
    if jour is not None:
        values |= {"repeat": "none", "starts_on": jour.isoformat()}
    if begins is not None:
        values |= {"start_time": begins, "end_time": read_hour(fin) or hours_after(begins, 3)}
    usual = await openings.list_openings(platform, desk)
    if usual:
        values |= {
            "structure": str(usual[-1].structure),
            "channels": list(usual[-1].channels),
            "site": str(usual[-1].site or ""),
        }
    elif len(desk.workplaces) == 1:
        [workplace] = desk.workplaces
        values["channels"] = [
            key
            for key, _label in openings.channel_choices(platform, snapshot, workplace.id)
            if workplace.sites or not platform.board.channels[key].item.needs_site
        ]
        if len(workplace.sites) == 1:
            values["site"] = str(workplace.sites[0].id)
    return await _form_page(request, desk, Form(values), None)


@post("/plages", guards=[advisor], status_code=200, include_in_schema=False)
async def create(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """Makes an opening."""
    desk = await read_desk(platform_of(request), staff_of(request), conseiller)
    return await _save(request, desk, None)


@post("/plages/apercu", guards=[advisor], status_code=200, include_in_schema=False)
async def preview(
    request: AnyRequest,
    conseiller: FromQuery[UUID | None] = None,
    plage: FromQuery[UUID | None] = None,
    jour: FromQuery[date | None] = None,
    portee: FromQuery[ScopeWord] = "toutes",
) -> Response[Any]:
    """The form again, with what its times would give and change. Changes nothing."""
    platform, user = platform_of(request), staff_of(request)
    part = await _part(request, plage, jour, portee) if plage else None
    desk = await read_desk(platform, user, part.opening.advisor if part else conseiller)
    form = parse(openings.OpeningForm, await request.form())
    row = None
    if form.data is not None:
        snapshot = await platform.plugins.current()
        form.errors.update(openings.faults(platform, snapshot, desk, form.data))
        if not form.errors.keys() - {"channels", "site"}:
            row = series.as_changed(desk, form.data, part)
    return await _form_page(request, desk, form, part, row=row)


@get("/plages/{opening_id:uuid}", guards=[advisor], include_in_schema=False)
async def show_one(
    request: AnyRequest,
    opening_id: FromPath[UUID],
    jour: FromQuery[date | None] = None,
    portee: FromQuery[ScopeWord] = "une",
) -> Response[Any]:
    """An opening, to change it: whole, or on the day `jour`, alone or with the following ones."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, opening_id)
    if jour in opening.without:
        for one in await series.list_replacements(platform, opening, jour):
            if one.series_day == jour:
                return redirect(f"/plages/{one.id}")
    try:
        part = series.part_of(platform, opening, _SCOPES[portee], jour)
    except Conflict as conflict:
        return redirect(f"/plages/{opening.id}", flash=conflict.message, tone="info")
    desk = await read_desk(platform, user, opening.advisor)
    form: OpeningFilled = Form(
        {
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
    )
    row = msgspec.structs.replace(opening, starts_on=part.first)
    if part.scope == "one":
        row = msgspec.structs.replace(row, id=uuid4(), repeat="none", ends_on=None, without=())
    return await _form_page(request, desk, form, part, row=row, day=jour)


@post("/plages/{opening_id:uuid}", guards=[advisor], status_code=200, include_in_schema=False)
async def change(
    request: AnyRequest,
    opening_id: FromPath[UUID],
    jour: FromQuery[date | None] = None,
    portee: FromQuery[ScopeWord] = "toutes",
) -> Response[Any]:
    """Replaces an opening, or a part of it."""
    part = await _part(request, opening_id, jour, portee)
    desk = await read_desk(platform_of(request), staff_of(request), part.opening.advisor)
    return await _save(request, desk, part)


@post(
    "/plages/{opening_id:uuid}/supprimer",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def delete(
    request: AnyRequest,
    opening_id: FromPath[UUID],
    jour: FromQuery[date | None] = None,
    portee: FromQuery[ScopeWord] = "toutes",
) -> Response[Any]:
    """Removes an opening, or a part of it."""
    platform, user = platform_of(request), staff_of(request)
    part = await _part(request, opening_id, jour, portee)
    desk = await read_desk(platform, user, part.opening.advisor)
    await series.delete_opening(platform, user, part)
    back = after(request, desk, "/plages", part.first)
    word = {
        "one": _("Cette date est supprimée. Les rendez-vous déjà pris sont maintenus."),
        "following": _(
            "Cette date et les suivantes sont supprimées. Les rendez-vous déjà pris sont maintenus."
        ),
        "all": _("La plage est supprimée. Les rendez-vous déjà pris sont maintenus."),
    }[part.scope]
    return redirect(back, flash=word)


@post(
    "/plages/{opening_id:uuid}/retablir",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def restore(
    request: AnyRequest, opening_id: FromPath[UUID], jour: FromQuery[date | None] = None
) -> Response[Any]:
    """Gives a day back to its series."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, opening_id)
    if jour is None:
        raise NotFound("no day named")
    await series.restore_day(platform, user, opening, jour)
    word = _("Le %(day)s est de nouveau comme les autres dates.") % {"day": in_words(jour)}
    return redirect(f"/plages/{opening.id}", flash=word)


async def _part(
    request: AnyRequest, opening_id: UUID, day: date | None, word: ScopeWord
) -> series.Part:
    platform = platform_of(request)
    opening = await openings.read_opening(platform, staff_of(request), opening_id)
    return series.part_of(platform, opening, _SCOPES[word], day)


async def _filled(request: AnyRequest, desk: Desk) -> OpeningFilled:
    platform = platform_of(request)
    form = parse(openings.OpeningForm, await request.form())
    if form.data is not None:
        snapshot = await platform.plugins.current()
        form.errors.update(openings.faults(platform, snapshot, desk, form.data))
        if form.errors:
            form.data = None
    return form


async def _save(request: AnyRequest, desk: Desk, part: series.Part | None) -> Response[Any]:
    platform = platform_of(request)
    form = await _filled(request, desk)
    if form.data is None:
        return await _form_page(request, desk, form, part, status=422)
    try:
        saved = await series.save_opening(platform, staff_of(request), desk, form.data, part)
    except Refused as refusal:
        return await _form_page(request, desk, form.refuse(refusal), part, status=422)
    others = await openings.overlapping(platform, saved)
    back = after(request, desk, "/plages", saved.starts_on)
    if others:
        word = _(
            "La plage est enregistrée. Elle se superpose à une autre (%(titles)s) : chaque créneau n’est proposé qu’une fois."
        ) % {"titles": wording.titles(others)}
        return redirect(back, flash=word, tone="info")
    word = _("La plage est enregistrée : %(title)s.") % {"title": wording.opening_title(saved)}
    return redirect(back, flash=word)


async def _form_page(
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
    words = {scope: word for word, scope in _SCOPES.items()}
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


routes: tuple[ControllerRouterHandler, ...] = (
    list_all,
    show_new,
    create,
    preview,
    show_one,
    change,
    delete,
    restore,
)
