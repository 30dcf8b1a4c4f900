"""Messages that were kept because no mail server is set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID, uuid4

import msgspec

from hookspecs import NotFound, Notice, PluginContext, vocabulary

from .settings import EmailSettings


class KeptMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list."""

    id: UUID
    kind: str
    audience: str
    recipient: str
    subject: str
    kept_at: datetime


class OpenedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is read: its text, its HTML, its invitation."""

    id: UUID
    subject: str
    sender: str
    recipient: str
    reply_to: str
    message_id: str
    kept_at: datetime
    text: str
    html: str
    calendar: bytes | None


async def keep(
    context: PluginContext, about: vocabulary.Message, message: EmailMessage, address: str
) -> None:
    """Keeps a message, once per notice, offer or digest."""
    await context.services.database.execute(
        "INSERT INTO notifications_email_message"
        " (id, notice_key, appointment, kind, audience, recipient, subject, content, kept_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (notice_key) DO NOTHING",
        uuid4(),
        about.key,
        about.appointment.id if isinstance(about, Notice) else None,
        about.kind,
        about.audience,
        address,
        message["Subject"],
        message.as_bytes(),
        context.now,
    )


async def list_kept(
    context: PluginContext, to: str = "", limit: int = 200
) -> Sequence[KeptMessage]:
    """The latest messages, newest first; with `to`, those whose recipient or subject contains it."""
    return await context.services.database.structs(
        KeptMessage,
        "SELECT id, kind, audience, recipient, subject, kept_at FROM notifications_email_message"
        " WHERE strpos(lower(recipient || ' ' || subject), lower($1)) > 0"
        " ORDER BY kept_at DESC, audience DESC, id LIMIT $2",
        to,
        limit,
    )


async def open_kept(context: PluginContext, message_id: UUID) -> OpenedMessage:
    """One message. Raises `NotFound`."""
    row = await context.services.database.fetch_one(
        "SELECT id, content, kept_at FROM notifications_email_message WHERE id = $1", message_id
    )
    if row is None:
        raise NotFound("no such message")
    message = message_from_bytes(row["content"], policy=default)
    calendar = next(message.iter_attachments(), None)
    return OpenedMessage(
        id=row["id"],
        subject=message["Subject"],
        sender=message["From"],
        recipient=message["To"],
        reply_to=message["Reply-To"] or "",
        message_id=message["Message-ID"],
        kept_at=row["kept_at"],
        text=_body(message, "plain"),
        html=_body(message, "html"),
        calendar=None if calendar is None else calendar.get_content(),
    )


async def forget_old(context: PluginContext) -> None:
    """Removes what was kept longer than the settings say."""
    settings: EmailSettings = context.settings
    await context.services.database.execute(
        "DELETE FROM notifications_email_message WHERE kept_at < $1",
        context.now - timedelta(days=settings.keep_days),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())
