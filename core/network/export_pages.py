"""Pages of the exports."""

from datetime import date

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.errors import FriendlyError
from core.network import exports
from core.web.forms import Form, parse
from core.web.pages import AnyRequest, page, platform_of, staff_of


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The days that an export covers, both inclusive."""

    du: date
    au: date


@get("/exports", guards=[manager], include_in_schema=False)
async def exports_page(request: AnyRequest) -> Response[str]:
    """The exports that are on, with a period to choose."""
    first, last = exports.default_period(platform_of(request))
    return await _page(request, Form({"du": first.isoformat(), "au": last.isoformat()}))


@get("/exports/{key:str}", guards=[manager], include_in_schema=False)
async def download(request: AnyRequest, key: FromPath[str]) -> Response[str] | Stream:
    """One file, streamed. Reading only: the audit trail is all that it writes."""
    platform = platform_of(request)
    form = parse(Period, dict(request.query_params))
    if form.data is None:
        return await _page(request, form, status=422)
    try:
        file = await exports.open_export(
            platform, staff_of(request), key, form.data.du, form.data.au
        )
    except FriendlyError as refusal:
        return await _page(request, form.refuse(refusal), status=422)
    stem, _dot, ending = file.file_name.rpartition(".")
    name = f"{stem}-{form.data.du}-{form.data.au}.{ending}"
    return Stream(
        file.pieces,
        media_type=file.media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _page(request: AnyRequest, form: Form[Period], *, status: int = 200) -> Response[str]:
    offers = await exports.list_exports(platform_of(request), staff_of(request))
    return page(request, "network/exports.html", {"offers": offers, "form": form}, status=status)


routes: tuple[ControllerRouterHandler, ...] = (exports_page, download)
