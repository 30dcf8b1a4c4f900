"""The application under measure: ours, with four floor routes behind the same middleware. Never shipped."""

import sys
from typing import Any
from uuid import UUID

import msgspec
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath

from core import app, start
from core.accounts.access import anyone


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """What the floors answer."""

    id: UUID
    name: str
    slug: str
    department: str


_FIXED = Plain(id=UUID(int=0), name="Structure", slug="structure", department="33")
_PAGE = "<!doctype html><html lang=fr><title>%s</title><h1>%s</h1><p>%s</p></html>"


@get("/bench/json", guards=[anyone])
async def fixed_json() -> Plain:
    """F0: a static Struct."""
    return _FIXED


@get("/bench/page", guards=[anyone], media_type=MediaType.HTML)
async def fixed_page() -> str:
    """F0: a static page."""
    return _PAGE % (_FIXED.name, _FIXED.name, _FIXED.department)


async def _row(request: Request[Any, Any, Any], structure_id: UUID) -> Plain:
    found = await request.app.state.platform.db.struct(
        Plain, "SELECT id, name, slug, department FROM structure WHERE id = $1", structure_id
    )
    assert found is not None
    return found


@get("/bench/json/{structure_id:uuid}", guards=[anyone])
async def row_json(request: Request[Any, Any, Any], structure_id: FromPath[UUID]) -> Plain:
    """F1: one row by primary key, as JSON."""
    return await _row(request, structure_id)


@get("/bench/page/{structure_id:uuid}", guards=[anyone])
async def row_page(request: Request[Any, Any, Any], structure_id: FromPath[UUID]) -> Response[str]:
    """F1: one row by primary key, as a page."""
    row = await _row(request, structure_id)
    return Response(_PAGE % (row.name, row.name, row.department), media_type=MediaType.HTML)


def create() -> Any:
    """The application of the server process."""
    app.ROUTES = (*app.ROUTES, fixed_json, fixed_page, row_json, row_page)
    return start.create()


def main() -> None:
    """Serves it the way the product is served: one granian process, on the port at the end of the command line."""
    Server(
        "tests.bench.app:create",
        address="127.0.0.1",
        port=int(sys.argv[-1]),
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()
