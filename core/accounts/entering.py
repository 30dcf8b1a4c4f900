"""Signing in, after the password: at once, by a code, or by setting up the second factor that is due.

Between the two steps the browser holds a cookie of its own, which is no session: nothing but the next step opens with it.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie

from core.accounts import cookies
from core.accounts.devices import is_trusted
from core.accounts.second_factor import policy_for
from core.accounts.sessions import hash_token
from core.errors import NotFound
from core.platform import Platform

_TIME_TO_GO_ON = timedelta(minutes=10)
_MOST_TRIES = 5


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a right password leads to. `proved`: the session counts as having passed the second factor. `ask`: they are asked to set
    one up before they go on, and may put it off for the time being.
    """

    next: Literal["open", "code", "set_up"]
    is_coordination: bool
    proved: bool = False
    ask: bool = False


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that waits for its second step."""

    id_hash: bytes
    account_id: UUID
    email: str
    is_coordination: bool
    has_factor: bool
    suite: str


class _Account(msgspec.Struct, frozen=True, kw_only=True):
    region_role: str | None
    factor_due_at: datetime | None
    has_factor: bool


async def enter(platform: Platform, account_id: UUID, device: str) -> Entry:
    """Where somebody whose password was right goes next; `device` is the cookie of a trusted browser, if any came.

    Where a factor is required and none set up, the time to put it off begins with the first sign-in.
    """
    account = await platform.db.struct(
        _Account,
        "SELECT region_role, factor_due_at, EXISTS (SELECT FROM account_factor f WHERE f.account = a.id) AS has_factor"
        " FROM account a WHERE id = $1",
        account_id,
    )
    assert account is not None
    coordination = account.region_role is not None
    policy = policy_for(platform, coordination=coordination)
    if policy == "off" or (policy == "offered" and not account.has_factor):
        return Entry(next="open", is_coordination=coordination)
    if account.has_factor:
        trusted = await is_trusted(platform, account_id, device)
        return Entry(
            next="open" if trusted else "code", is_coordination=coordination, proved=trusted
        )
    due_at = account.factor_due_at or await _begin_grace(platform, account_id)
    if due_at <= platform.clock.now():
        return Entry(next="set_up", is_coordination=coordination)
    return Entry(next="open", is_coordination=coordination, ask=True)


async def _begin_grace(platform: Platform, account_id: UUID) -> datetime:
    days = platform.settings.accounts.second_factor_grace_days
    due_at = platform.clock.now() + timedelta(days=days)
    await platform.db.execute(
        "UPDATE account SET factor_due_at = $2 WHERE id = $1 AND factor_due_at IS NULL",
        account_id,
        due_at,
    )
    return due_at


async def wait_for_proof(platform: Platform, account_id: UUID, suite: str) -> Cookie:
    """Keeps a sign-in for its second step, ten minutes: its cookie."""
    token = secrets.token_urlsafe(32)
    await platform.db.execute(
        "INSERT INTO account_sign_in (id_hash, account, suite, expires_at) VALUES ($1, $2, $3, $4)",
        hash_token(token),
        account_id,
        suite,
        platform.clock.now() + _TIME_TO_GO_ON,
    )
    return cookies.make(platform, cookies.SIGN_IN, token, int(_TIME_TO_GO_ON.total_seconds()))


async def read_pending(platform: Platform, token: str) -> Pending:
    """The sign-in of a cookie. Raises `NotFound` when it is over, was tried too often, or never was."""
    found = await platform.db.struct(
        Pending,
        "SELECT s.id_hash, s.account AS account_id, a.email, a.region_role IS NOT NULL AS is_coordination, s.suite,"
        " EXISTS (SELECT FROM account_factor f WHERE f.account = a.id) AS has_factor"
        " FROM account_sign_in s JOIN account a ON a.id = s.account AND a.disabled_at IS NULL"
        " WHERE s.id_hash = $1 AND s.expires_at > $2 AND s.tries < $3",
        hash_token(token),
        platform.clock.now(),
        _MOST_TRIES,
    )
    if found is None:
        raise NotFound("no such sign-in")
    return found


async def count_try(platform: Platform, pending: Pending) -> None:
    """Counts one more wrong code; after five the password is asked again."""
    await platform.db.execute(
        "UPDATE account_sign_in SET tries = tries + 1 WHERE id_hash = $1", pending.id_hash
    )


async def end_pending(platform: Platform, pending: Pending) -> None:
    """Lets no second session come of it. Raises `NotFound` when one did."""
    if not await platform.db.execute(
        "DELETE FROM account_sign_in WHERE id_hash = $1", pending.id_hash
    ):
        raise NotFound("this sign-in was gone through already")
