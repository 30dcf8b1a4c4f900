"""The roadmap as a page one keeps: the youth's by the stable link, the advisor's look at it before it leaves."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor, by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.catalogue import taxonomy, words
from core.extension.blocks import render_blocks
from core.interviews.roadmap import Roadmap, draft_roadmap, read_roadmap
from core.interviews.service import open_interview
from core.web.pages import AnyRequest, page, platform_of, staff_of


@get("/rdv/{token:str}/feuille-de-route", guards=[by_link], include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """What was sent last, or a kind word before that."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    roadmap = await read_roadmap(platform, appointment_id)
    return await _page(request, appointment_id, roadmap, back=f"/rdv/{token}")


@get(
    "/entretiens/{appointment_id:uuid}/feuille-de-route",
    guards=[advisor],
    include_in_schema=False,
)
async def preview(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """What would be sent now."""
    platform = platform_of(request)
    await open_interview(platform, staff_of(request), appointment_id)
    roadmap = await draft_roadmap(platform, appointment_id)
    return await _page(
        request, appointment_id, roadmap, back=f"/entretiens/{appointment_id}", preview=True
    )


async def _page(
    request: AnyRequest,
    appointment_id: UUID,
    roadmap: Roadmap | None,
    *,
    back: str,
    preview: bool = False,
) -> Response[str]:
    view = await read_view(platform_of(request), appointment_id)
    known = {"appointment": view, "roadmap": roadmap}
    return page(
        request,
        "interviews/roadmap.html",
        {
            "view": view,
            "roadmap": roadmap,
            "back": back,
            "preview": preview,
            "words": words,
            "taxonomy": taxonomy,
            "blocks": await render_blocks(request, "roadmap.page", view.structure.id, known),
        },
    )


routes: tuple[ControllerRouterHandler, ...] = (show, preview)
