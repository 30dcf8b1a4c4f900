"""The appointments that an absence covers: what becomes of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda import absences, wording
from core.agenda.desk import Desk
from core.agenda.pages.absences import read_row, read_together
from core.agenda.pages.common import desk_page
from core.agenda.providers import AbsenceRow
from core.booking.choosing import Choosing, Turn
from core.contracts.booking import AppointmentView
from core.web.pages import AnyRequest, platform_of, redirect, staff_of


@get("/absences/{absence_id:uuid}/rendez-vous", guards=[advisor], include_in_schema=False)
async def show_covered(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """The appointments that an absence covers, with what may become of each."""
    absence, desk = await read_row(request, absence_id)
    turn = await _choosing(request, absence).begin()
    return await _turn_page(request, desk, absence, turn)


@post(
    "/absences/{absence_id:uuid}/rendez-vous",
    guards=[advisor],
    status_code=200,
    include_in_schema=False,
)
async def settle_covered(request: AnyRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """What was chosen: shown with what it will send, then done."""
    absence, desk = await read_row(request, absence_id)
    turn = await _choosing(request, absence).go_on(await request.form())
    if turn.page == "done":
        return redirect(f"/absences/{absence_id}/rendez-vous", flash=turn.word)
    return await _turn_page(request, desk, absence, turn)


def _choosing(request: AnyRequest, absence: AbsenceRow) -> Choosing:
    async def read_views() -> Sequence[AppointmentView]:
        rows = [row for _desk, row in await read_together(request, absence)]
        return await absences.touched_by(platform_of(request), rows)

    return Choosing(platform_of(request), staff_of(request), read_views)


async def _turn_page(
    request: AnyRequest, desk: Desk, absence: AbsenceRow, turn: Turn
) -> Response[Any]:
    together = await read_together(request, absence)
    values = {
        **turn.values,
        "checking": turn.page == "check",
        "absence": absence,
        "title": wording.absence_title(absence),
        "several": len(together) > 1,
    }
    template = "agenda/covered.html"
    return await desk_page(request, desk, template, values, status=turn.status)


routes: tuple[ControllerRouterHandler, ...] = (show_covered, settle_covered)
