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

from core.accounts import cookies
from core.accounts.access import CurrentUser
from core.platform import Platform

COOKIE = cookies.SESSION
LIFE = timedelta(days=14)
IDLE = timedelta(hours=12)


class SessionMiddleware(ASGIMiddleware):
    """Puts the signed-in user (or None) in `scope["user"]`. No cookie, no query."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = ("^/static/", "^/healthz$", "^/readyz$", "^/metrics$")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Reads the session of the request."""
        scope["user"] = None
        platform: Platform = scope["litestar_app"].state.platform
        token = cookies.read(platform, scope, COOKIE)
        if token:
            scope["user"] = await read_session(platform, token)
        await next_app(scope, receive, send)


def hash_token(token: str) -> bytes:
    """What the database keeps of a session's cookie."""
    return hashlib.sha256(token.encode()).digest()


_COLUMNS = """
    a.id AS account_id, a.name, a.email, a.region_role, adv.id AS advisor_id,
        coalesce((SELECT jsonb_agg(jsonb_build_object('structure_id', m.structure, 'role', m.role))
            FROM membership m WHERE m.account = a.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL),
            '[]'::jsonb) AS memberships
"""
_ACCOUNTS = "FROM account a LEFT JOIN advisor adv ON adv.account = a.id"


async def read_user(platform: Platform, email: str) -> CurrentUser | None:
    """The member of staff who signs in with an address, unless the account is disabled: for deeds at the command line."""
    return await platform.db.struct(
        CurrentUser,
        f"SELECT {_COLUMNS} {_ACCOUNTS} WHERE lower(a.email) = lower($1) AND a.disabled_at IS NULL",
        email,
    )


async def read_account(platform: Platform, account_id: UUID) -> CurrentUser | None:
    """The same by their account: for what they do before they have a session."""
    return await platform.db.struct(
        CurrentUser,
        f"SELECT {_COLUMNS} {_ACCOUNTS} WHERE a.id = $1 AND a.disabled_at IS NULL",
        account_id,
    )


# A password alone is enough where no second factor is asked, and where none is set up and none is due.
_ENOUGH = """
    s.factor_at IS NOT NULL OR CASE WHEN a.region_role IS NULL THEN $5 ELSE $4 END = 'off'
    OR (NOT EXISTS (SELECT FROM account_factor f WHERE f.account = a.id)
        AND (CASE WHEN a.region_role IS NULL THEN $5 ELSE $4 END <> 'required' OR a.factor_due_at IS NULL
            OR a.factor_due_at > $2))
"""
_SESSION = f"""
    SELECT {_COLUMNS}, s.factor_at IS NOT NULL AS proved {_ACCOUNTS} JOIN session s ON s.account = a.id
    WHERE s.id_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND a.disabled_at IS NULL AND ({_ENOUGH})
"""


async def read_session(platform: Platform, token: str) -> CurrentUser | None:
    """The user of a session that is neither expired nor idle for twelve hours, nor of a disabled account, nor short of a second
    factor that is asked of them.
    """
    now, asked = platform.clock.now(), platform.settings.accounts
    user = await platform.db.struct(
        CurrentUser,
        _SESSION,
        hash_token(token),
        now,
        now - IDLE,
        asked.second_factor,
        asked.second_factor_staff,
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


async def open_session(
    platform: Platform, account_id: UUID, user_agent: str = "", *, proved: bool = False
) -> Cookie:
    """Opens a session with a fresh token (never the client's own) and returns its cookie; `proved`: after a second factor."""
    token = secrets.token_urlsafe(32)
    now = platform.clock.now()
    await platform.db.execute(
        "INSERT INTO session (id_hash, account, created_at, seen_at, expires_at, user_agent, factor_at)"
        " VALUES ($1, $2, $3, $3, $4, $5, $6)",
        hash_token(token),
        account_id,
        now,
        now + LIFE,
        user_agent[:200],
        now if proved else None,
    )
    return cookies.make(platform, COOKIE, token, int(LIFE.total_seconds()))


async def close_session(platform: Platform, session_id: bytes) -> None:
    """Ends one session."""
    await platform.db.execute("DELETE FROM session WHERE id_hash = $1", session_id)


async def close_all_sessions(platform: Platform, account_id: UUID, *, but: bytes = b"") -> None:
    """Ends every session of an account, `but` one perhaps, and whatever sign-in of theirs is half done."""
    await platform.db.execute(
        "DELETE FROM session WHERE account = $1 AND id_hash <> $2", account_id, but
    )
    await platform.db.execute("DELETE FROM account_sign_in WHERE account = $1", account_id)
