"""Pages: a template, its variables, and what every page knows (user, language, plugins, form token)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.enums import MediaType
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState

from core.accounts.access import CurrentUser
from core.contracts.context import PluginContext
from core.contracts.surfaces import NavItem
from core.errors import NotFound
from core.extension.board import Board, Owned
from core.extension.middleware import snapshot_of
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.flash import read_flash, set_flash
from core.web.i18n import current_locale

AnyRequest = Request[CurrentUser | None, Any, Any]


def platform_of(request: AnyRequest) -> Platform:
    """The platform that serves this request."""
    platform: Platform = request.app.state.platform
    return platform


def user_of(request: AnyRequest) -> CurrentUser | None:
    """Who is signed in, or None. Never raises, even where no middleware ran."""
    user: CurrentUser | None = request.scope.get("user")
    return user


def staff_of(request: AnyRequest) -> CurrentUser:
    """Who is signed in, on a route whose guard made sure of it."""
    user = user_of(request)
    assert user is not None
    return user


def advisor_of(request: AnyRequest, context: PluginContext) -> UUID:
    """The advisor who asks for a region-wide page of a plugin, about themselves.

    Raises `NotFound` for someone who is none, or works nowhere that the plugin is on.
    """
    user = staff_of(request)
    on = {structure.id for structure in context.structures}
    if user.advisor_id is None or not any(m.structure_id in on for m in user.memberships):
        raise NotFound("not an advisor of a structure where this is on")
    return user.advisor_id


def csrf_of(request: AnyRequest) -> str:
    """The token that a form of this page sends along."""
    token: str = ScopeState.from_scope(request.scope).csrf_token or ""  # type: ignore[assignment]  # its own "nothing" is false
    return token


def plugin_nav(request: AnyRequest) -> list[NavItem]:
    """The plugins' entries of the staff menu that this user may follow."""
    user, snapshot = user_of(request), snapshot_of(request)
    if user is None or snapshot is None:
        return []
    return nav_for(platform_of(request).board, snapshot, user)


def nav_for(board: Board, snapshot: Snapshot, user: CurrentUser) -> list[NavItem]:
    """The plugins' entries of the menu of a member of staff."""
    items = [
        owned.item
        for owned in board.nav_items
        if user.may(owned.item.access)
        and (user.advisor_id is not None or not owned.item.personal)
        and _is_on_for(user, snapshot, owned)
    ]
    return sorted(items, key=lambda item: (item.order, item.label))


def _is_on_for(user: CurrentUser, snapshot: Snapshot, owned: Owned[NavItem]) -> bool:
    """An entry for advisors or managers counts where they work; one for the region anywhere."""
    if owned.item.access in {"advisor", "manager"}:
        return any(snapshot.is_on(owned.plugin_id, m.structure_id) for m in user.memberships)
    return snapshot.on_somewhere(owned.plugin_id)


def page(
    request: AnyRequest,
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Renders `template` (`room/name.html` or `<plugin>/name.html`) with `values` and the common variables."""
    platform = platform_of(request)
    flash = read_flash(request)
    body = platform.templates.get_template(template).render(
        {
            "request": request,
            "user": user_of(request),
            "nav": plugin_nav(request),
            "settings": platform.settings,
            "now": platform.clock.now(),
            "locale": current_locale(),
            "csrf_token": csrf_of(request),
            "flash": flash,
            "path": request.url.path,
            "to_fill_in_count": request.scope.get("state", {}).get("to_fill_in_count", 0),
            "to_answer_count": request.scope.get("state", {}).get("to_answer_count", 0),
            **(values or {}),
        }
    )
    response = Response(
        body, media_type=MediaType.HTML, status_code=status, headers=dict(headers or {})
    )
    if flash is not None:
        response.delete_cookie("somobilite_flash")
    return response


def redirect(path: str, *, flash: str = "", tone: str = "good") -> Redirect:
    """303 to `path`, with a word shown once on the next page (`tone`: good, bad, info)."""
    response = Redirect(path, status_code=303)
    if flash:
        set_flash(response, flash, tone)
    return response
