"""Openings: the list, making one, changing and removing it or a part of it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import openings, series, views, wording
from core.agenda.desk import Desk, read_desk
from core.agenda.obstacles import list_obstacles
from core.agenda.pages.common import (
    after,
    desk_of,
    desk_page,
    hours_after,
    read_hour,
    without_desk,
)
from core.agenda.pages.opening_form import (
    SCOPES,
    OpeningFilled,
    ScopeWord,
    form_page,
    likely_values,
    values_of,
)
from core.agenda.shortage import possible_channels
from core.clock import local_date
from core.errors import Conflict, NotFound, Refused
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of
from core.web.templating import day as in_words


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
    values = await likely_values(platform_of(request), desk)
    begins = read_hour(debut)
    if jour is not None:
        values |= {"repeat": "none", "starts_on": jour.isoformat()}
    if begins is not None:
        values |= {"start_time": begins, "end_time": read_hour(fin) or hours_after(begins, 3)}
    return await form_page(request, desk, Form(values), None)


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
    return await form_page(request, desk, form, part, row=row)


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
        part = series.part_of(platform, opening, SCOPES[portee], jour)
    except Conflict as conflict:
        return redirect(f"/plages/{opening.id}", flash=conflict.message, tone="info")
    desk = await read_desk(platform, user, opening.advisor)
    form: OpeningFilled = Form(values_of(part))
    row = msgspec.structs.replace(opening, starts_on=part.first)
    if part.scope == "one":
        row = msgspec.structs.replace(row, id=uuid4(), repeat="none", ends_on=None, without=())
    return await form_page(request, desk, form, part, row=row, day=jour)


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
    return series.part_of(platform, opening, SCOPES[word], day)


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
        return await form_page(request, desk, form, part, status=422)
    try:
        saved = await series.save_opening(platform, staff_of(request), desk, form.data, part)
    except Refused as refusal:
        return await form_page(request, desk, form.refuse(refusal), part, status=422)
    others = await openings.overlapping(platform, saved)
    back = after(request, desk, "/plages", saved.starts_on)
    if others:
        word = _(
            "La plage est enregistrée. Elle se superpose à une autre (%(titles)s) : chaque créneau n’est proposé qu’une fois."
        ) % {"titles": wording.titles(others)}
        return redirect(back, flash=word, tone="info")
    word = _("La plage est enregistrée : %(title)s.") % {"title": wording.opening_title(saved)}
    return redirect(back, flash=word)


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
