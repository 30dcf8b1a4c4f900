"""The journal, page by page, or as a file."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import manager
from core.privacy import journal
from core.privacy.deeds import deed_label, room_labels
from core.web.forms import Form, parse
from core.web.pages import AnyRequest, page, platform_of, staff_of


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The filter as it stands in the address."""

    qui: UUID | None = None
    quoi: Annotated[str, Meta(max_length=100)] = ""
    structure: UUID | None = None
    du: date | None = None
    au: date | None = None
    page: Annotated[int, Meta(ge=1, le=100_000)] = 1


@get("/reseau/journal", guards=[manager], include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Who did what, the latest first."""
    return await _page(request, parse(Asked, dict(request.query_params)))


async def _page(request: AnyRequest, form: Form[Asked]) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    asked = form.data or Asked()
    choices = await journal.read_choices(platform, user)
    kept = {name: form.value(name) for name in ("qui", "quoi", "structure", "du", "au")}
    address = urlencode({name: value for name, value in kept.items() if value})
    rooms = {action.partition(".")[0] for action in choices.actions}
    values = {
        "form": form,
        "journal": await journal.read_journal(platform, user, _filter(asked), asked.page),
        "number": asked.page,
        "people": choices.people,
        "structures": choices.structures,
        "kinds": [(id_, label) for id_, label in room_labels().items() if id_ in rooms]
        + sorted(((one, deed_label(one)) for one in choices.actions), key=lambda pair: pair[1]),
        "address": address,
    }
    return page(request, "privacy/journal.html", values, status=422 if form.errors else 200)


@get("/reseau/journal.csv", guards=[manager], include_in_schema=False)
async def download(request: AnyRequest) -> Response[str] | Stream:
    """The same lines, all of them, for a spreadsheet."""
    form = parse(Asked, dict(request.query_params))
    if form.data is None:
        return await _page(request, form)
    pieces = await journal.write_csv(platform_of(request), staff_of(request), _filter(form.data))
    return Stream(
        pieces,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="journal.csv"'},
    )


def _filter(asked: Asked) -> journal.Filter:
    return journal.Filter(
        who=asked.qui, kind=asked.quoi, structure=asked.structure, first=asked.du, last=asked.au
    )


routes: tuple[ControllerRouterHandler, ...] = (show, download)
