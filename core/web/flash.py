"""A word shown once on the next page, carried by a short-lived cookie: no session needed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

COOKIE = "somobilite_flash"


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """The word and its tone: good, bad, info."""

    message: str
    tone: str = "good"


def set_flash(response: Response[Any], message: str, tone: str) -> None:
    """Puts the word on its way."""
    raw = msgspec.json.encode(Flash(message=message[:600], tone=tone))
    response.set_cookie(
        Cookie(
            key=COOKIE,
            value=urlsafe_b64encode(raw).decode(),
            max_age=60,
            httponly=True,
            samesite="lax",
            path="/",
        )
    )


def read_flash(request: Request[Any, Any, Any]) -> Flash | None:
    """The word that came with the request; nonsense is nothing."""
    value = request.cookies.get(COOKIE)
    if not value:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(value), type=Flash)
    except (ValueError, msgspec.DecodeError):
        return None
