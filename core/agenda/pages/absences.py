"""Absences: the list, the form, deletion."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import absences, wording
from core.agenda.desk import Desk, list_team, read_desk
from core.agenda.pages.common import (
    after,
    desk_of,
    desk_page,
    form_address,
    hours_after,
    read_hour,
    without_desk,
)
from core.agenda.providers import AbsenceRow
from core.clock import local_date
from core.errors import NotFound
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of, redirect, staff_of

AbsenceFilled = Form[absences.AbsenceForm]


class DeleteForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a shared absence goes for everyone."""

    scope: Literal["one", "all"] = "one"


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
        "names": await absences.list_names(platform, found),
        "wording": wording,
        "today": local_date(platform.clock.now(), platform.zone),
    }
    return await desk_page(request, desk, "agenda/absences.html", values)


@get("/absences/nouvelle", guards=[advisor], include_in_schema=False)
async def show_new(
    request: AnyRequest,
    conseiller: FromQuery[UUID | None] = None,
    jour: FromQuery[date | None] = None,
    debut: FromQuery[str] = "",
    fin: FromQuery[str] = "",
) -> Response[Any]:
    """An empty form, or one with the day and the hours that were pointed at."""
    desk = await desk_of(request, conseiller)
    if desk is None:
        return await without_desk(request)
    first = {"repeat": "none", "every": 1, "advisors": [str(desk.advisor_id)]}
    begins = read_hour(debut)
    if jour is not None:
        first["starts_on"] = jour.isoformat()
    if begins is not None:
        first |= {"start_time": begins, "end_time": read_hour(fin) or hours_after(begins, 1)}
    return await _form_page(request, desk, Form(first), None)


@post("/absences", guards=[advisor], status_code=200, include_in_schema=False)
async def create(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> Response[Any]:
    """Makes an absence, of one advisor or of several."""
    desk = await read_desk(platform_of(request), staff_of(request), conseiller)
    return await _save(request, desk, None)


@get("/absences/{absence_id:uuid}", guards=[advisor], include_in_schema=False)
async def show_one(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """An absence, to change it, with the appointments that it covers."""
    absence, desk = await read_row(request, absence_id)
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
            "scope": "all",
        }
    )
    return await _form_page(request, desk, form, absence)


@post("/absences/{absence_id:uuid}", guards=[advisor], status_code=200, include_in_schema=False)
async def change(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """Replaces an absence."""
    absence, desk = await read_row(request, absence_id)
    return await _save(request, desk, absence)


@post(
    "/absences/{absence_id:uuid}/supprimer",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def delete(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """Removes an absence, of one advisor or of all who share it."""
    absence, desk = await read_row(request, absence_id)
    platform, user = platform_of(request), staff_of(request)
    sent = parse(DeleteForm, await request.form()).data
    together = await read_together(request, absence) if sent and sent.scope == "all" else ()
    async with platform.db.atomic():
        for row in [row for _desk, row in together] or [absence]:
            await absences.delete_absence(platform, user, row)
    word = _("L’absence est supprimée : ses créneaux sont de nouveau proposés.")
    return redirect(after(request, desk, "/absences", absence.starts_on), flash=word)


async def read_row(request: AnyRequest, absence_id: UUID) -> tuple[AbsenceRow, Desk]:
    """An absence, and the desk of its advisor. Raises `NotFound` when it is not the user's to see."""
    platform = platform_of(request)
    absence = await absences.read_absence(platform, absence_id)
    return absence, await read_desk(platform, staff_of(request), absence.advisor)


async def read_together(request: AnyRequest, absence: AbsenceRow) -> list[tuple[Desk, AbsenceRow]]:
    """The rows of the same entry at whose desks the user may sit."""
    platform, user = platform_of(request), staff_of(request)
    found = []
    for row in await absences.list_together(platform, absence):
        with suppress(NotFound):
            found.append((await read_desk(platform, user, row.advisor), row))
    return found


async def _save(request: AnyRequest, desk: Desk, absence: AbsenceRow | None) -> Response[Any]:
    platform = platform_of(request)
    form = parse(absences.AbsenceForm, await request.form())
    if form.data is not None:
        form.errors.update(absences.faults(platform, desk, form.data))
    if form.data is None or form.errors:
        return await _form_page(request, desk, form, absence, status=422)
    saved = await _save_rows(request, desk, form.data, absence)
    touched = await absences.touched_by(platform, saved)
    word = _("L’absence est enregistrée.")
    if touched:
        word = f"{word} {wording.touched_words(len(touched))}"
        first = next((row for row in saved if row.advisor == desk.advisor_id), saved[0])
        return redirect(f"/absences/{first.id}/rendez-vous", flash=word, tone="info")
    return redirect(after(request, desk, "/absences", form.data.starts_on), flash=word)


async def _save_rows(
    request: AnyRequest, desk: Desk, form: absences.AbsenceForm, absence: AbsenceRow | None
) -> Sequence[AbsenceRow]:
    """One row, or one for each advisor concerned. Raises `NotFound` for someone whose desk is not the user's."""
    platform, user = platform_of(request), staff_of(request)
    if absence is None:
        chosen = dict.fromkeys(form.advisors or [desk.advisor_id])
        desks = [await read_desk(platform, user, advisor_id) for advisor_id in chosen]
        return await absences.save_together(platform, user, desks, form)
    together = await read_together(request, absence) if form.scope == "all" else [(desk, absence)]
    former = {row.advisor: row for _desk, row in together}
    return await absences.save_together(
        platform, user, [one for one, _row in together], form, former
    )


async def _form_page(
    request: AnyRequest,
    desk: Desk,
    form: AbsenceFilled,
    absence: AbsenceRow | None,
    *,
    status: int = 200,
) -> Response[Any]:
    platform = platform_of(request)
    team = [] if absence else await list_team(platform, staff_of(request), desk)
    together = await read_together(request, absence) if absence else []
    rows = [row for _desk, row in together]
    path = f"/absences/{absence.id}" if absence else "/absences"
    whose = None if absence or desk.mine else desk.advisor_id
    values = {
        "form": form,
        "absence": absence,
        "addresses": {
            "save": form_address(request, path, conseiller=whose),
            "delete": form_address(request, f"{path}/supprimer"),
        },
        "team": [(str(one.advisor_id), one.name) for one in team],
        "sharers": [one.name for one, _row in together],
        "touched": len(await absences.touched_by(platform, rows)),
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
