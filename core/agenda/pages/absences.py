"""Absences: the list, the form, the appointments that an absence covers, deletion."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import absences, views, wording
from core.agenda.desk import Desk, read_desk
from core.agenda.pages.common import desk_of, desk_page, without_desk
from core.agenda.providers import AbsenceRow
from core.clock import local_date
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of

AbsenceFilled = Form[absences.AbsenceForm]


@get("/absences", guards=[advisor], include_in_schema=False)
async def list_all(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """The absences of a desk."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    platform = platform_of(request)
    found = await absences.list_absences(platform, desk.advisor_id)
    values = {
        "absences": [(one, len(await absences.touched(platform, one))) for one in found],
        "wording": wording,
        "today": local_date(platform.clock.now(), platform.zone),
    }
    return await desk_page(request, desk, "agenda/absences.html", values)


@get("/absences/nouvelle", guards=[advisor], include_in_schema=False)
async def show_new(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """An empty form."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    return await _form_page(request, desk, Form({"repeat": "none", "every": 1}), None)


@post("/absences", guards=[advisor], status_code=200, include_in_schema=False)
async def create(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """Makes an absence."""
    desk = await read_desk(platform_of(request), staff_of(request), conseiller)
    return await _save(request, desk, None)


@get("/absences/{absence_id:uuid}", guards=[advisor], include_in_schema=False)
async def show_one(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """An absence, to change it, with the appointments that it covers."""
    absence, desk = await _read(request, absence_id)
    form: AbsenceFilled = Form(
        {
            "starts_on": absence.starts_on.isoformat(),
            "start_time": f"{absence.start_time:%H:%M}",
            "ends_on": absence.ends_on.isoformat(),
            "end_time": f"{absence.end_time:%H:%M}",
            "repeat": absence.repeat,
            "every": absence.every,
            "until": absence.until.isoformat() if absence.until else "",
            "label": absence.label,
        }
    )
    return await _form_page(request, desk, form, absence)


@post("/absences/{absence_id:uuid}", guards=[advisor], status_code=200, include_in_schema=False)
async def change(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """Replaces an absence."""
    absence, desk = await _read(request, absence_id)
    return await _save(request, desk, absence)


@post(
    "/absences/{absence_id:uuid}/supprimer",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def delete(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """Removes an absence."""
    absence, desk = await _read(request, absence_id)
    await absences.delete_absence(platform_of(request), staff_of(request), absence)
    word = _("L’absence est supprimée : ses créneaux sont de nouveau proposés.")
    return redirect(f"/absences{desk.query}", flash=word)


async def _read(request: AnyRequest, absence_id: UUID) -> tuple[AbsenceRow, Desk]:
    platform = platform_of(request)
    absence = await absences.read_absence(platform, absence_id)
    return absence, await read_desk(platform, staff_of(request), absence.advisor)


async def _save(request: AnyRequest, desk: Desk, absence: AbsenceRow | None) -> Response[Any]:
    platform = platform_of(request)
    form = parse(absences.AbsenceForm, await request.form())
    if form.data is not None:
        form.errors.update(absences.faults(platform, desk, form.data))
    if form.data is None or form.errors:
        return await _form_page(request, desk, form, absence, status=422)
    saved = await absences.save_absence(
        platform, staff_of(request), desk, form.data, absence.id if absence else None
    )
    touched = await absences.touched(platform, saved)
    word = _("L’absence est enregistrée.")
    if touched:
        word = f"{word} {wording.touched_words(len(touched))}"
        return redirect(f"/absences/{saved.id}", flash=word, tone="info")
    return redirect(f"/absences{desk.query}", flash=word)


async def _form_page(
    request: AnyRequest,
    desk: Desk,
    form: AbsenceFilled,
    absence: AbsenceRow | None,
    *,
    status: int = 200,
) -> Response[Any]:
    platform = platform_of(request)
    covered = await absences.touched(platform, absence) if absence else ()
    values = {
        "form": form,
        "absence": absence,
        "touched": [views.as_line(platform, staff_of(request), desk, view) for view in covered],
        "touched_words": wording.touched_words,
    }
    return await desk_page(request, desk, "agenda/absence.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    list_all,
    show_new,
    create,
    show_one,
    change,
    delete,
)
