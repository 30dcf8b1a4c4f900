"""What several of these pages need."""

import re

from litestar import Response
from litestar.exceptions import TooManyRequestsException

from core.accounts import cookies
from core.platform import Platform
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, platform_of

WINDOW_SECONDS = 300
_LOCAL_PATH = re.compile(r"^/(?![/\\])[^\x00-\x1f\\]*$")
_BROWSERS = ("Edg/Edge", "OPR/Opera", "Firefox/Firefox", "Chrome/Chrome", "Safari/Safari")
_SYSTEMS = (
    "iPhone/iPhone",
    "iPad/iPad",
    "Android/Android",
    "Windows/Windows",
    "Mac OS X/macOS",
    "CrOS/ChromeOS",
    "Linux/Linux",
)


def local_path(suite: str) -> str:
    """`suite` when it is a path of ours, else an empty string: a sign-in never leads elsewhere."""
    return suite if _LOCAL_PATH.match(suite) else ""


def home(*, coordination: bool) -> str:
    """Where one begins."""
    return "/reseau" if coordination else "/agenda"


def describe_browser(user_agent: str) -> str:
    """« Firefox, Windows »: enough to know one's own browser again."""
    known = [
        next((entry.split("/")[1] for entry in entries if entry.split("/")[0] in user_agent), "")
        for entries in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, known)) or _("Navigateur inconnu")


def browser_of(request: AnyRequest) -> str:
    """How the browser calls itself."""
    return request.headers.get("user-agent", "")


def cookie_of(request: AnyRequest, name: str) -> str:
    """The value of one of our cookies; an empty string when it did not come."""
    return cookies.read(platform_of(request), request.scope, name)


def drop_cookie(platform: Platform, response: Response[str] | Response[None], name: str) -> None:
    """Has the browser forget one of our cookies."""
    response.set_cookie(cookies.make(platform, name, "", 0))


def too_many(error: TooManyRequestsException) -> str:
    """How long to wait, in words."""
    seconds = int((error.headers or {}).get("retry-after", WINDOW_SECONDS))
    if seconds > 2 * 3600:
        return _("Trop d’essais : réessayez demain, ou demandez à la coordination.")
    minutes = -(-seconds // 60)
    return ngettext(
        "Trop d’essais en peu de temps : réessayez dans une minute.",
        "Trop d’essais en peu de temps : réessayez dans %(num)d minutes.",
        minutes,
    ) % {"num": minutes}
