"""How many interviews an advisor has to fill in, for the menu of every page."""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from core.accounts.access import CurrentUser
from core.agenda.views import count_to_fill_in
from core.platform import Platform


class ToFillInMiddleware(ASGIMiddleware):
    """Puts the number in the request's state, for who is an advisor. Stands behind the session's."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = ("^/static/", "^/healthz$", "^/readyz$", "^/metrics$")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Counts, in one query."""
        user: CurrentUser | None = scope.get("user")
        is_page = not scope["path"].startswith("/api/")
        if is_page and user is not None and user.advisor_id is not None:
            platform: Platform = scope["litestar_app"].state.platform
            scope["state"]["to_fill_in_count"] = await count_to_fill_in(platform, user.advisor_id)
        await next_app(scope, receive, send)
