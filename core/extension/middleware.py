"""Reads the plugins' snapshot once per request, so that a switch cannot flip in the middle of one."""

from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from core.extension.state import Snapshot
from core.platform import Platform


class SnapshotMiddleware(ASGIMiddleware):
    """Puts the snapshot in the request's state."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = ("^/static/", "^/healthz$", "^/readyz$", "^/metrics$")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Reads it, at most four times a second from the database."""
        platform: Platform = scope["litestar_app"].state.platform
        scope["state"]["snapshot"] = await platform.plugins.current()
        await next_app(scope, receive, send)


def snapshot_of(request: Request[Any, Any, Any]) -> Snapshot | None:
    """The snapshot of this request; None on error pages of addresses that do not exist."""
    snapshot: Snapshot | None = request.scope.get("state", {}).get("snapshot")
    return snapshot
