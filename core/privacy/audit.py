"""The audit trail: who did what, to what. Written in the transaction of the deed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.accounts.access import CurrentUser
from core.platform import Platform

_HOUR = timedelta(hours=1)


async def record(
    platform: Platform,
    user: CurrentUser | None,
    action: str,
    *,
    structure_id: UUID | None = None,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Keeps `action` (`room.verb`) by `user` (None: the platform itself) on `target` (an id)."""
    await platform.db.execute(
        "INSERT INTO audit (at, account, action, structure, object, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        platform.clock.now(),
        user.account_id if user else None,
        action,
        structure_id,
        target,
        dict(detail or {}),
    )


async def record_hourly(
    platform: Platform,
    user: CurrentUser,
    action: str,
    *,
    structure_id: UUID | None = None,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """The same once an hour for one person, action and thing: of what is done often (a file is read, a note is written) when it began is
    worth keeping, not each click.
    """
    seen = await platform.db.fetch_value(
        "SELECT 1 FROM audit WHERE action = $1 AND object = $2 AND account = $3 AND at > $4",
        action,
        target,
        user.account_id,
        platform.clock.now() - _HOUR,
    )
    if not seen:
        await record(
            platform, user, action, structure_id=structure_id, target=target, detail=detail
        )
