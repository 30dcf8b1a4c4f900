"""Server-side sessions: a random cookie, its hash in the database, revocable, read once per request and written rarely."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from core.accounts.access import CurrentUser
from core.platform import Platform

COOKIE = "somobilite_session"
LIFE = timedelta(days=14)
IDLE = timedelta(hours=12)


class SessionMiddleware(ASGIMiddleware):
    """Puts the signed-in user (or None) in `scope["user"]`. No cookie, no query."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = ("^/static/", "^/healthz$", "^/readyz$", "^/metrics$")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Reads the session of the request."""
        scope["user"] = None
        token = _cookie(scope)
        if token:
            platform: Platform = scope["litestar_app"].state.platform
            scope["user"] = await read_session(platform, token)
        await next_app(scope, receive, send)


def _cookie(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"cookie" and COOKIE.encode() in value:
            for part in value.decode("latin-1").split(";"):
                key, _, content = part.strip().partition("=")
                if key == COOKIE:
                    return content
    return ""


def hash_token(token: str) -> bytes:
    """What the database keeps of a session's cookie."""
    return hashlib.sha256(token.encode()).digest()


_USER = """
    SELECT a.id AS account_id, a.name, a.email, a.region_role, adv.id AS advisor_id,
        coalesce((SELECT jsonb_agg(jsonb_build_object('structure_id', m.structure, 'role', m.role))
            FROM membership m WHERE m.account = a.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL),
            '[]'::jsonb) AS memberships
    FROM account a LEFT JOIN advisor adv ON adv.account = a.id
"""


async def read_user(platform: Platform, email: str) -> CurrentUser | None:
    """The member of staff who signs in with an address, unless the account is disabled: for deeds at the command line."""
    return await platform.db.struct(
        CurrentUser, f"{_USER} WHERE lower(a.email) = lower($1) AND a.disabled_at IS NULL", email
    )


async def read_session(platform: Platform, token: str) -> CurrentUser | None:
    """The user of a session that is neither expired nor idle for twelve hours, nor of a disabled account."""
    now = platform.clock.now()
    user = await platform.db.struct(
        CurrentUser,
        f"{_USER} JOIN session s ON s.account = a.id"
        " WHERE s.id_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND a.disabled_at IS NULL",
        hash_token(token),
        now,
        now - IDLE,
    )
    if user is None:
        return None
    await platform.db.execute(
        "UPDATE session SET seen_at = $2 WHERE id_hash = $1 AND seen_at < $3",
        hash_token(token),
        now,
        now - timedelta(minutes=10),
    )
    return msgspec.structs.replace(user, session_id=hash_token(token))


async def open_session(platform: Platform, account_id: UUID, user_agent: str = "") -> Cookie:
    """Opens a session with a fresh token (never the client's own) and returns its cookie."""
    token = secrets.token_urlsafe(32)
    now = platform.clock.now()
    await platform.db.execute(
        "INSERT INTO session (id_hash, account, created_at, seen_at, expires_at, user_agent)"
        " VALUES ($1, $2, $3, $3, $4, $5)",
        hash_token(token),
        account_id,
        now,
        now + LIFE,
        user_agent[:200],
    )
    return Cookie(
        key=COOKIE,
        value=token,
        max_age=int(LIFE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=platform.settings.public_url.startswith("https://"),
    )


async def close_session(platform: Platform, session_id: bytes) -> None:
    """Ends one session."""
    await platform.db.execute("DELETE FROM session WHERE id_hash = $1", session_id)


async def close_all_sessions(platform: Platform, account_id: UUID) -> None:
    """Ends every session of an account."""
    await platform.db.execute("DELETE FROM session WHERE account = $1", account_id)
