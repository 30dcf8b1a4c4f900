"""The link to a new password: signed, good for an hour and once. A newer one, or any new password, ends it; it is kept nowhere."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.errors import NotFound
from core.platform import Platform

LIFE = timedelta(hours=1)
_PURPOSE = "new password"
_BODY = 36  # characters: an id of 16 bytes and a moment of 11, in base64


class PasswordLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that may still be used."""

    account_id: UUID
    name: str
    email: str
    password_hash: str
    asked_at: datetime


_LINK = """
    SELECT id AS account_id, name, email, password_hash, password_asked_at AS asked_at FROM account
    WHERE id = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL AND password_asked_at > $2
"""


async def read_asked(platform: Platform, account_id: UUID) -> PasswordLink | None:
    """What an account asked for within the hour; None when it asked for nothing, or has served it."""
    return await platform.db.struct(PasswordLink, _LINK, account_id, platform.clock.now() - LIFE)


def path_of(platform: Platform, link: PasswordLink) -> str:
    """Its path. The present password is part of the signature, so that another one makes it worthless."""
    raw = link.account_id.bytes + micros(link.asked_at).to_bytes(11, "big")
    body = urlsafe_b64encode(raw).decode()
    return f"/mot-de-passe/{body}{platform.keys.sign(_PURPOSE, body + link.password_hash)}"


async def read_link(platform: Platform, token: str) -> PasswordLink:
    """The link behind the end of its path. Raises `NotFound` when it is forged, used, replaced or too old."""
    body, signature = token[:_BODY], token[_BODY:]
    try:
        account_id = UUID(bytes=urlsafe_b64decode(body)[:16])
    except ValueError as error:
        raise NotFound("this is no link of ours") from error
    link = await read_asked(platform, account_id)
    if (
        link is None
        or path_of(platform, link) != f"/mot-de-passe/{token}"
        or not platform.keys.check(_PURPOSE, body + link.password_hash, signature)
    ):
        raise NotFound("this link was not made here, has served, was replaced or is too old")
    return link


def micros(at: datetime) -> int:
    """A moment as a whole number: what the database keeps of it."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
