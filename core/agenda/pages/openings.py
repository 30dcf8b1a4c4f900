"""Openings: the list, the form with a preview of its slots, deletion."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import openings, views, wording
from core.agenda.desk import Desk, read_desk
from core.agenda.free import FreeSlot
from core.agenda.pages.common import desk_of, desk_page, without_desk
from core.agenda.providers import OpeningRow
from core.clock import local_date
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of

OpeningFilled = Form[openings.OpeningForm]


@get("/plages", guards=[advisor], include_in_schema=False)
async def list_all(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """The openings of a desk."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform = platform_of(request)
    found = await openings.list_openings(platform, desk)
    values = {
        "openings": [(one, await openings.next_slots(platform, one, 3)) for one in found],
        "wording": wording,
        "channels": platform.board.channels,
        "sites": {site.id: site for place in desk.workplaces for site in place.sites},
        "today": local_date(platform.clock.now(), platform.zone),
        "problems": await views.list_problems(platform, desk.advisor_id),
        "obstacles": await views.list_obstacles(platform, desk),
    }
    return await desk_page(request, desk, "agenda/openings.html", values)


@get("/plages/nouvelle", guards=[advisor], include_in_schema=False)
async def show_new(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """An empty form, filled with what is likely."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform = platform_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    snapshot = await platform.plugins.current()
    values = {
        "repeat": "weekly",
        "every": 1,
        "starts_on": (views.monday_of(today) + timedelta(days=7)).isoformat(),
        "start_time": "14:00",
        "end_time": "17:00",
        "slot_minutes": platform.settings.booking.slot_minutes,
    }
    if len(desk.workplaces) == 1:
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
) -> Response[Any]:
    """The form again, with the slots that its times would give. Changes nothing."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, plage) if plage else None
    desk = await read_desk(platform, user, opening.advisor if opening else conseiller)
    form = parse(openings.OpeningForm, await request.form())
    slots = None
    if form.data is not None:
        snapshot = await platform.plugins.current()
        form.errors.update(openings.faults(platform, snapshot, desk, form.data))
        if not form.errors.keys() - {"channels", "site"}:
            row = openings.as_row(desk, form.data, plage or uuid4())
            slots = await openings.next_slots(platform, row)
    return await _form_page(request, desk, form, opening, slots=slots)


@get("/plages/{opening_id:uuid}", guards=[advisor], include_in_schema=False)
async def show_one(request: AnyRequest, opening_id: FromPath[UUID]) -> Response[Any]:
    """An opening, to change it."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, opening_id)
    desk = await read_desk(platform, user, opening.advisor)
    form: OpeningFilled = Form(
        {
            "structure": str(opening.structure),
            "channels": list(opening.channels),
            "site": str(opening.site or ""),
            "repeat": opening.repeat,
            "every": opening.every,
            "starts_on": opening.starts_on.isoformat(),
            "ends_on": opening.ends_on.isoformat() if opening.ends_on else "",
            "start_time": f"{opening.start_time:%H:%M}",
            "end_time": f"{opening.end_time:%H:%M}",
            "slot_minutes": opening.slot_minutes,
        }
    )
    slots = await openings.next_slots(platform, opening)
    return await _form_page(request, desk, form, opening, slots=slots)


@post("/plages/{opening_id:uuid}", guards=[advisor], status_code=200, include_in_schema=False)
async def change(request: AnyRequest, opening_id: FromPath[UUID]) -> Response[Any]:
    """Replaces an opening."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, opening_id)
    desk = await read_desk(platform, user, opening.advisor)
    return await _save(request, desk, opening)


@post(
    "/plages/{opening_id:uuid}/supprimer",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def delete(request: AnyRequest, opening_id: FromPath[UUID]) -> Response[Any]:
    """Removes an opening."""
    platform, user = platform_of(request), staff_of(request)
    opening = await openings.read_opening(platform, user, opening_id)
    desk = await read_desk(platform, user, opening.advisor)
    await openings.delete_opening(platform, user, opening)
    word = _("La plage est supprimée. Les rendez-vous déjà pris sont maintenus.")
    return redirect(f"/plages{desk.query}", flash=word)


async def _filled(request: AnyRequest, desk: Desk) -> OpeningFilled:
    platform = platform_of(request)
    form = parse(openings.OpeningForm, await request.form())
    if form.data is not None:
        snapshot = await platform.plugins.current()
        form.errors.update(openings.faults(platform, snapshot, desk, form.data))
        if form.errors:
            form.data = None
    return form


async def _save(request: AnyRequest, desk: Desk, opening: OpeningRow | None) -> Response[Any]:
    platform = platform_of(request)
    form = await _filled(request, desk)
    if form.data is None:
        return await _form_page(request, desk, form, opening, status=422)
    saved = await openings.save_opening(
        platform, staff_of(request), desk, form.data, opening.id if opening else None
    )
    others = await openings.overlapping(platform, saved)
    if others:
        titles = " ; ".join(wording.opening_title(one) for one in others[:3])
        word = _(
            "La plage est enregistrée. Elle se superpose à une autre (%(titles)s) : chaque créneau n’est proposé qu’une fois."
        ) % {"titles": titles}
        return redirect(f"/plages{desk.query}", flash=word, tone="info")
    word = _("La plage est enregistrée : %(title)s.") % {"title": wording.opening_title(saved)}
    return redirect(f"/plages{desk.query}", flash=word)


async def _form_page(
    request: AnyRequest,
    desk: Desk,
    form: OpeningFilled,
    opening: OpeningRow | None,
    *,
    slots: Sequence[FreeSlot] | None = None,
    status: int = 200,
) -> Response[Any]:
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
        "opening": opening,
        "slots": slots,
        "channels": list(channels.items()),
        "structures": [(place.id, place.name) for place in desk.workplaces],
        "sites": [
            (site.id, f"{place.name} : {site.name}" if several else f"{site.name}, {site.city}")
            for place in desk.workplaces
            for site in place.sites
        ],
    }
    return await desk_page(request, desk, "agenda/opening.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    list_all,
    show_new,
    create,
    preview,
    show_one,
    change,
    delete,
)
