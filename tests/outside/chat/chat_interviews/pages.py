"""The room as a page: read, write, read again. It works without JavaScript."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hookspecs import Form, PluginContext, Refused, RouteSet, _, page, parse, redirect

from .room import enter, read, say

AnyRequest = Request[Any, Any, Any]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What one sends."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


@get("/{door:str}")
async def show(
    request: AnyRequest, context: NamedDependency[PluginContext], door: FromPath[str]
) -> Response[str]:
    """The conversation so far, and where to go on."""
    return await _page(request, context, door, Form())


@post("/{door:str}", status_code=200)
async def write(
    request: AnyRequest, context: NamedDependency[PluginContext], door: FromPath[str]
) -> Response[str] | Redirect:
    """Says something, unless the room is closed."""
    room = await enter(context, door)
    if not room.is_open:
        raise Refused(_("Cet entretien est terminé : on ne peut plus y écrire."))
    form = parse(Words, await request.form())
    if form.data is None:
        return await _page(request, context, door, form)
    await say(context, room, form.data.text)
    return redirect(f"/p/chat_interviews/{door}#fin")


async def _page(
    request: AnyRequest, context: PluginContext, door: str, form: Form[Any]
) -> Response[str]:
    room = await enter(context, door)
    values = {
        "room": room,
        "door": door,
        "messages": await read(context, room.appointment),
        "form": form,
    }
    return page(request, "chat_interviews/room.html", values, status=422 if form.errors else 200)


ROUTES = RouteSet(handlers=[show, write])
