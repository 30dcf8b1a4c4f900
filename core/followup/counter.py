"""How many youths wait for an answer, for the menu of every page."""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from core.accounts.access import CurrentUser
from core.followup.inbox import count_waiting
from core.platform import Platform


class ToAnswerMiddleware(ASGIMiddleware):
    """Puts the number in the request's state, for who works in a structure. Stands behind the session's."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = ("^/static/", "^/healthz$", "^/readyz$", "^/metrics$")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Counts, in one query on an index that holds only those who wait."""
        user: CurrentUser | None = scope.get("user")
        is_page = not scope["path"].startswith("/api/")
        if is_page and user is not None and user.memberships:
            platform: Platform = scope["litestar_app"].state.platform
            scope["state"]["to_answer_count"] = await count_waiting(platform, user)
        await next_app(scope, receive, send)
