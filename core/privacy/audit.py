"""The audit trail: who did what, to what. Written in the transaction of the deed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.accounts.access import CurrentUser
from core.platform import Platform


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
