"""Links: signed, nothing of them stored. The youth's one stable link lives as long as the appointment, a referral link as long
as its row says.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from core.errors import NotFound
from core.platform import Platform

_PURPOSE = "appointment"
_BODY = 24  # characters: 16 bytes of id and 2 of version, in base64
_REFERRAL = "referral"
_REFERRAL_BODY = 22  # characters: 16 bytes of id, in base64 without its padding


def appointment_token(platform: Platform, appointment_id: UUID, link_version: int) -> str:
    """The token of `/rdv/{token}`: always the same for the same appointment and version."""
    body = urlsafe_b64encode(appointment_id.bytes + link_version.to_bytes(2, "big")).decode()
    return body + platform.keys.sign(_PURPOSE, body)


def appointment_path(platform: Platform, appointment_id: UUID, link_version: int) -> str:
    """The path of the youth's page."""
    return f"/rdv/{appointment_token(platform, appointment_id, link_version)}"


async def read_token(platform: Platform, token: str) -> UUID:
    """The appointment behind a token. Raises `NotFound` when it is forged, cut, revoked, or its appointment is gone."""
    body, signature = token[:_BODY], token[_BODY:]
    if not token.isascii() or not platform.keys.check(_PURPOSE, body, signature):
        raise NotFound("this link was not made here")
    raw = urlsafe_b64decode(body)
    appointment_id = UUID(bytes=raw[:16])
    version = await platform.db.fetch_value(
        "SELECT link_version FROM appointment WHERE id = $1", appointment_id
    )
    if version != int.from_bytes(raw[16:], "big"):
        raise NotFound("this link was revoked, or its appointment is gone")
    return appointment_id


def referral_path(platform: Platform, link_id: UUID) -> str:
    """The path that a body's workers open: always the same for the same link."""
    body = urlsafe_b64encode(link_id.bytes).rstrip(b"=").decode()
    return f"/orienter/{body}{platform.keys.sign(_REFERRAL, body)}"


def read_referral_token(platform: Platform, token: str) -> UUID:
    """The id behind the token of `/orienter/{token}`. Raises `NotFound` when it is forged or cut."""
    body, signature = token[:_REFERRAL_BODY], token[_REFERRAL_BODY:]
    if not token.isascii() or not platform.keys.check(_REFERRAL, body, signature):
        raise NotFound("this link was not made here")
    return UUID(bytes=urlsafe_b64decode(body + "=="))
