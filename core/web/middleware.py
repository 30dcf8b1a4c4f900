"""Around every answer, even a 404: request id, security headers, language, the bound database, one log line.

A plain ASGI class and not a Litestar middleware, because those do not run for 404 and 405.
"""

import re
import time
from http.cookies import SimpleCookie
from secrets import token_hex
from urllib.parse import parse_qs

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from core.platform import Platform
from core.web.i18n import choose_locale, use_locale

log = structlog.get_logger("somobilite.http")
_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_READS = ("GET", "HEAD")
_QUIET = ("/static/", "/healthz", "/readyz")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(self), microphone=(self), geolocation=(), interest-cohort=()",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]


class Envelope:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        self._app = app
        self._platform = platform
        secure = platform.settings.public_url.startswith("https://")
        self._headers = [
            *_HEADERS,
            *([(b"strict-transport-security", b"max-age=31536000")] if secure else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or the life cycle."""
        if scope["type"] != ScopeType.HTTP:
            with self._platform.db.bound():
                await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _SAFE_ID.match(given) else token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                raw = list(message.get("headers", []))
                present = {name for name, _ in raw}
                raw += [(name, value) for name, value in self._headers if name not in present]
                if b"cache-control" not in present:
                    raw.append((b"cache-control", b"no-store"))
                raw.append((b"x-request-id", request_id.encode()))
                message["headers"] = raw
            await send(message)

        with (
            self._platform.db.bound(),
            use_locale(_locale_of(scope, headers, self._platform.settings.default_locale)),
            structlog.contextvars.bound_contextvars(request_id=request_id),
        ):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                if scope["method"] not in _READS and status < 400:
                    self._platform.memory.forget()
                if not scope["path"].startswith(_QUIET):
                    log.info(
                        "request",
                        method=str(scope.get("method")),
                        path=_without_secrets(scope["path"]),
                        status=status,
                        ms=round((time.perf_counter() - started) * 1000, 1),
                    )


def _locale_of(scope: Scope, headers: dict[bytes, bytes], default: str) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1")) if scope["query_string"] else {}
    cookies = headers.get(b"cookie", b"")
    remembered = None
    if b"somobilite_lang" in cookies:
        jar = SimpleCookie()
        jar.load(cookies.decode("latin-1"))
        remembered = jar["somobilite_lang"].value if "somobilite_lang" in jar else None
    accept = headers.get(b"accept-language", b"").decode("latin-1")
    return choose_locale(query.get("lang", [None])[0], remembered, accept, default)


def _without_secrets(path: str) -> str:
    """Links of youths and feeds are secrets: the log keeps only their kind."""
    return re.sub(r"[A-Za-z0-9_-]{24,}", "…", path)
