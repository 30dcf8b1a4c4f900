"""The agenda's stream: who has arrived, who is late, told to the pages that the advisor has open."""

from uuid import UUID

from litestar import get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.agenda.desk import read_desk
from core.agenda.views import Line, list_today
from core.platform import Platform
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, platform_of, staff_of
from core.web.stream import Picture, stream
from core.web.templating import render


@get("/agenda/flux", guards=[advisor], include_in_schema=False)
async def follow(request: AnyRequest, conseiller: FromQuery[UUID | None] = None) -> ServerSentEvent:
    """The marks of today's appointments at a desk, and who waits."""
    platform, user = platform_of(request), staff_of(request)
    desk = await read_desk(platform, user, conseiller)

    async def look() -> Picture:
        return _picture(platform, await list_today(platform, user, desk))

    return stream(request, look)


def _picture(platform: Platform, lines: list[Line]) -> Picture:
    now = platform.clock.now()
    waiting = [line for line in lines if line.waits]
    pieces = {
        f"arrivee-{line.key}": _draw(platform, "booking/arrival_mark.html", word=line.word, now=now)
        for line in lines
        if line.key
    }
    pieces["attente"] = _draw(platform, "agenda/waiting.html", waiting=waiting, now=now)
    said = {str(line.key): _("%(name)s est là.") % {"name": line.name} for line in waiting}
    return Picture(pieces=pieces, said=said, count=len(waiting))


def _draw(platform: Platform, template: str, **values: object) -> str:
    return render(platform.templates, template, values, current_locale()).strip()


routes: tuple[ControllerRouterHandler, ...] = (follow,)
