"""The cookies of this room: out of reach of scripts, of other sites and, over https, of other names of the same domain."""

from litestar.datastructures import Cookie
from litestar.types import Scope

from core.platform import Platform

SESSION = "somobilite_session"
SIGN_IN = "somobilite_sign_in"
DEVICE = "somobilite_device"


def name_of(platform: Platform, name: str) -> str:
    """The name as the browser has it: over https with the prefix that keeps it from being set by a neighbouring site."""
    return f"__Host-{name}" if is_secure(platform) else name


def is_secure(platform: Platform) -> bool:
    """Whether the platform is reached over https."""
    return platform.settings.public_url.startswith("https://")


def make(platform: Platform, name: str, value: str, seconds: int) -> Cookie:
    """A cookie that lives so long; with an empty value and no time, one that ends it."""
    return Cookie(
        key=name_of(platform, name),
        value=value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(platform),
    )


def read(platform: Platform, scope: Scope, name: str) -> str:
    """The value that came with a request; an empty string when none did."""
    wanted = name_of(platform, name)
    for key, value in scope["headers"]:
        if key == b"cookie" and wanted.encode() in value:
            for part in value.decode("latin-1").split(";"):
                found, _, content = part.strip().partition("=")
                if found == wanted:
                    return content
    return ""
