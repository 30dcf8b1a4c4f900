"""Browsers from which the code of the second factor is not asked again for thirty days. The password is, each time."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
from litestar.datastructures import Cookie

from core.accounts import cookies
from core.accounts.access import CurrentUser
from core.accounts.sessions import hash_token
from core.errors import NotFound
from core.platform import Platform

TRUST = timedelta(days=30)


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that its owner trusts."""

    id: UUID
    user_agent: str
    created_at: datetime
    expires_at: datetime


async def trust_device(platform: Platform, account_id: UUID, user_agent: str) -> Cookie:
    """Trusts a browser: the cookie to give it."""
    token, now = secrets.token_urlsafe(32), platform.clock.now()
    await platform.db.execute(
        "INSERT INTO account_device (id, token_hash, account, user_agent, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        uuid4(),
        hash_token(token),
        account_id,
        user_agent[:200],
        now,
        now + TRUST,
    )
    return cookies.make(platform, cookies.DEVICE, token, int(TRUST.total_seconds()))


async def is_trusted(platform: Platform, account_id: UUID, token: str) -> bool:
    """Whether this account trusts the browser that brings this cookie."""
    return bool(
        token
        and await platform.db.fetch_value(
            "SELECT 1 FROM account_device WHERE token_hash = $1 AND account = $2 AND expires_at > $3",
            hash_token(token),
            account_id,
            platform.clock.now(),
        )
    )


async def list_devices(platform: Platform, account_id: UUID) -> Sequence[Device]:
    """The browsers that an account trusts, the latest first."""
    return await platform.db.structs(
        Device,
        "SELECT id, user_agent, created_at, expires_at FROM account_device WHERE account = $1 AND expires_at > $2"
        " ORDER BY created_at DESC, id",
        account_id,
        platform.clock.now(),
    )


async def forget_device(platform: Platform, user: CurrentUser, device_id: UUID) -> None:
    """Trusts one of one's own browsers no more. Raises `NotFound` for anything else."""
    if not await platform.db.execute(
        "DELETE FROM account_device WHERE id = $1 AND account = $2", device_id, user.account_id
    ):
        raise NotFound("no such browser")


async def forget_devices(platform: Platform, account_id: UUID) -> None:
    """Trusts none of them any more."""
    await platform.db.execute("DELETE FROM account_device WHERE account = $1", account_id)
