"""Links of a demand and of its offers: signed, nothing stored, as those of appointments are."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from core.errors import NotFound
from core.platform import Platform

_BODY = 22  # characters: 16 bytes of id, in base64 without its padding


def demand_path(platform: Platform, demand_id: UUID) -> str:
    """The path of a demand's own page."""
    return f"/demande/{_signed(platform, 'demand', demand_id)}"


def read_token(platform: Platform, token: str) -> UUID:
    """The id behind the token of `/demande/{token}`. Raises `NotFound` when it is forged or cut."""
    body, signature = token[:_BODY], token[_BODY:]
    if not token.isascii() or not platform.keys.check("demand", body, signature):
        raise NotFound("this link was not made here")
    return UUID(bytes=urlsafe_b64decode(body + "=="))


def hold_token(platform: Platform, offer_id: UUID) -> str:
    """The token of the hold of an offer: made again at will, since holds keep only its hash."""
    return _signed(platform, "demand_offer", offer_id)


def _signed(platform: Platform, purpose: str, key: UUID) -> str:
    body = urlsafe_b64encode(key.bytes).rstrip(b"=").decode()
    return body + platform.keys.sign(purpose, body)
