"""The page of kept messages: for the coordination; in a demonstration, for whoever follows the walk."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.params import FromPath, FromQuery

from hookspecs import PluginContext, page, user_of

from .mailbox import OpenedMessage, list_kept, open_kept
from .settings import EmailSettings

AnyRequest = Request[Any, Any, Any]

_MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation"
)
"""A message is shown as it would be in a mail program: its own styles, and nothing else."""


@get("/messages")
async def messages(
    request: AnyRequest, context: NamedDependency[PluginContext], q: FromQuery[str] = ""
) -> Response[str]:
    """The list."""
    _admit(request, context)
    settings: EmailSettings = context.settings
    values = {"messages": await list_kept(context, q.strip()), "q": q, "leaving": settings.host}
    return page(request, "notifications_email/messages.html", values)


@get("/messages/{message_id:uuid}")
async def message(
    request: AnyRequest, context: NamedDependency[PluginContext], message_id: FromPath[UUID]
) -> Response[str]:
    """One message, as text."""
    opened = await _open(request, context, message_id)
    return page(request, "notifications_email/message.html", {"message": opened})


@get("/messages/{message_id:uuid}/html")
async def message_html(
    request: AnyRequest, context: NamedDependency[PluginContext], message_id: FromPath[UUID]
) -> Response[str]:
    """The same as it was laid out, shut in a sandbox."""
    opened = await _open(request, context, message_id)
    return Response(
        opened.html, media_type=MediaType.HTML, headers={"content-security-policy": _MAIL_CSP}
    )


@get("/messages/{message_id:uuid}/rendez-vous.ics")
async def message_calendar(
    request: AnyRequest, context: NamedDependency[PluginContext], message_id: FromPath[UUID]
) -> Response[bytes]:
    """Its invitation."""
    opened = await _open(request, context, message_id)
    if opened.calendar is None:
        raise NotFoundException
    headers: Mapping[str, str] = {"content-disposition": 'attachment; filename="rendez-vous.ics"'}
    return Response(opened.calendar, media_type="text/calendar; charset=utf-8", headers=headers)


HANDLERS = (messages, message, message_html, message_calendar)


async def _open(request: AnyRequest, context: PluginContext, message_id: UUID) -> OpenedMessage:
    _admit(request, context)
    return await open_kept(context, message_id)


def _admit(request: AnyRequest, context: PluginContext) -> None:
    """The coordination, or anyone in a demonstration. As a guard would: sign in, or a page that does not exist."""
    if context.services.demo:
        return
    user = user_of(request)
    if user is None:
        raise NotAuthorizedException("sign in first")
    if not user.is_coordination:
        raise NotFoundException
