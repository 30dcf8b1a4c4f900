"""The roadmap as a page one keeps: the youth's by the stable link, the advisor's look at it before it leaves.

The same on paper, its dates for a calendar, and boxes that the youth ticks.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor, by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.clock import local_date
from core.errors import NotFound
from core.extension.blocks import render_blocks
from core.interviews.deadlines import Deadline, deadlines_ics, list_deadlines
from core.interviews.facts import facts_of
from core.interviews.paper import write_pdf
from core.interviews.roadmap import Roadmap, draft_roadmap, read_roadmap
from core.interviews.service import open_interview
from core.interviews.tasks import list_ticked, tick
from core.platform import Platform
from core.web import throttle
from core.web.forms import parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/rdv/{token:str}/feuille-de-route"
_THERE = "/entretiens/{appointment_id:uuid}/feuille-de-route"


class TickForm(msgspec.Struct, frozen=True, kw_only=True):
    """A box by its key, and whether it is done from now on."""

    task: Annotated[str, Meta(max_length=200)]
    done: bool = False


@get(_HERE, guards=[by_link], include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """What was sent last, or a kind word before that."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    roadmap = await read_roadmap(platform, appointment_id)
    return await _page(request, appointment_id, roadmap, back=f"/rdv/{token}")


@post(f"{_HERE}/etapes", guards=[by_link], include_in_schema=False, status_code=303)
async def tick_box(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Ticks or unticks one box, and comes back to it."""
    platform = platform_of(request)
    appointment_id, roadmap = await _sent(platform, token)
    await throttle.check(platform, f"roadmap.tick:{appointment_id}", 200, 600)
    form = parse(TickForm, await request.form())
    if form.data is None:
        return redirect(f"/rdv/{token}/feuille-de-route", flash=_("Cochez une étape de la liste."))
    keys = [task.key for task in roadmap.tasks]
    await tick(platform, appointment_id, roadmap.tasks, form.data.task, done=form.data.done)
    place = keys.index(form.data.task) + 1
    return redirect(f"/rdv/{token}/feuille-de-route#etape-{place}")


@get(f"{_HERE}.pdf", guards=[by_link], include_in_schema=False)
async def paper(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """What was sent last, as an accessible PDF."""
    platform = platform_of(request)
    appointment_id, roadmap = await _sent(platform, token)
    await throttle.check(platform, f"roadmap.pdf:{appointment_id}", 30, 600)
    return await _paper(platform, appointment_id, roadmap)


@get(f"{_HERE}/dates.ics", guards=[by_link], include_in_schema=False)
async def dates(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """When the applications open and end, for a calendar."""
    platform = platform_of(request)
    appointment_id, roadmap = await _sent(platform, token)
    body = deadlines_ics(appointment_id, _deadlines(platform, roadmap), platform.clock.now())
    return _file(body, "text/calendar; charset=utf-8", "mes-dates.ics")


@get(_THERE, guards=[advisor], include_in_schema=False)
async def preview(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """What would be sent now."""
    platform = platform_of(request)
    await open_interview(platform, staff_of(request), appointment_id)
    roadmap = await draft_roadmap(platform, appointment_id)
    return await _page(
        request, appointment_id, roadmap, back=f"/entretiens/{appointment_id}", preview=True
    )


@get(f"{_THERE}.pdf", guards=[advisor], include_in_schema=False)
async def preview_paper(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[bytes]:
    """What would be sent now, as a PDF: to hand over at the end of the interview."""
    platform = platform_of(request)
    await open_interview(platform, staff_of(request), appointment_id)
    return await _paper(platform, appointment_id, await draft_roadmap(platform, appointment_id))


async def _sent(platform: Platform, token: str) -> tuple[UUID, Roadmap]:
    appointment_id = await read_token(platform, token)
    roadmap = await read_roadmap(platform, appointment_id)
    if roadmap is None:
        raise NotFound("no roadmap was sent yet")
    return appointment_id, roadmap


async def _paper(platform: Platform, appointment_id: UUID, roadmap: Roadmap) -> Response[bytes]:
    view = await read_view(platform, appointment_id)
    body = await write_pdf(
        view,
        roadmap,
        _deadlines(platform, roadmap),
        await list_ticked(platform, appointment_id),
    )
    return _file(body, "application/pdf", "feuille-de-route.pdf")


def _file(body: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(
        body,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _deadlines(platform: Platform, roadmap: Roadmap) -> list[Deadline]:
    return list_deadlines(roadmap.programmes, local_date(platform.clock.now(), platform.zone))


async def _page(
    request: AnyRequest,
    appointment_id: UUID,
    roadmap: Roadmap | None,
    *,
    back: str,
    preview: bool = False,
) -> Response[str]:
    platform = platform_of(request)
    view = await read_view(platform, appointment_id)
    ticked = await list_ticked(platform, appointment_id) if roadmap else {}
    known = {"appointment": view, "roadmap": roadmap}
    return page(
        request,
        "interviews/roadmap.html",
        {
            "view": view,
            "roadmap": roadmap,
            "back": back,
            "here": f"{back}/feuille-de-route",
            "preview": preview,
            "ticked": ticked,
            "done": sum(task.key in ticked for task in roadmap.tasks) if roadmap else 0,
            "deadlines": _deadlines(platform, roadmap) if roadmap else [],
            "facts_of": facts_of,
            "blocks": await render_blocks(request, "roadmap.page", view.structure.id, known),
        },
    )


routes: tuple[ControllerRouterHandler, ...] = (
    show,
    tick_box,
    paper,
    dates,
    preview,
    preview_paper,
)
