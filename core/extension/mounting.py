"""Mounting the plugins' routes: the core builds the routers and closes the gate over the plugin's id.

A guard that read the handler's own `opt` could be bypassed by the handler; this one cannot. Off means 404.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR as _FAILED
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from core.accounts.access import CurrentUser, Requires
from core.contracts.context import PluginContext
from core.contracts.surfaces import RouteSet
from core.errors import NotFound, PluginError
from core.extension.board import Board
from core.extension.errands import at_home
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.errors import on_http, on_not_found, problem, wants_json
from core.web.i18n import _, current_locale
from core.web.pages import page

_PAGE_SECONDS = 60.0
"""How long a page of a plugin may take, its body included."""
log = structlog.get_logger("somobilite.plugins")
Connection = ASGIConnection[Any, Any, Any, Any]


def mount(board: Board) -> list[Router]:
    """A router for each registered set of routes."""
    return [_router(owned.plugin_id, owned.item) for owned in board.routes]


class Preflight:
    """Mounts the routes of one plugin after the other on a throw-away application, before the real one is made."""

    def __init__(self) -> None:
        self._app: Litestar | None = None

    def __call__(self, plugin_id: str, sets: Sequence[RouteSet]) -> None:
        """Raises `PluginError` when the routes of a plugin cannot be mounted."""
        for routes in sets:
            app = self._app or Litestar([], openapi_config=None, logging_config=None)
            self._app = None  # what has failed halfway is not used again
            try:
                app.register(_router(plugin_id, routes))
            except Exception as error:
                raise PluginError(f"its routes cannot be mounted: {error}") from error
            self._app = app


def _router(plugin_id: str, routes: RouteSet) -> Router:
    prefix = "/s/{structure_slug:str}/p/" if routes.scope == "structure" else "/p/"

    async def gate(connection: Connection, _: BaseRouteHandler) -> None:
        platform: Platform = connection.app.state.platform
        snapshot = await at_home(platform.plugins.current)
        if not _is_open(connection, snapshot, plugin_id, routes):
            raise NotFoundException
        if routes.permission and not _is_granted(connection, platform, routes.permission):
            raise NotFoundException

    async def context(request: Request[Any, Any, Any]) -> PluginContext:
        platform: Platform = request.app.state.platform
        snapshot = await at_home(platform.plugins.current)
        return platform.context(
            plugin_id,
            snapshot,
            _structure_id(request, snapshot) if routes.scope == "structure" else None,
            locale=current_locale(),
            request_id=request.scope.get("state", {}).get("request_id", ""),
        )

    def failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        log.error("plugin page failed", plugin=plugin_id, exc_info=error)
        title = _("Cette page ne répond pas pour le moment")
        advice = _("Le reste de la plateforme fonctionne. Réessayez dans un instant.")
        if wants_json(request):
            return problem(request, 503, title, advice)
        values = {"status": 503, "title": title, "advice": advice}
        return page(request, "web/error.html", values, status=503)

    def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        return (on_http if error.status_code < _FAILED else failed)(request, error)

    return Router(
        path=f"{prefix}{plugin_id}",
        route_handlers=list(routes.handlers),
        guards=[Requires(routes.access), gate],
        middleware=[_Apart(plugin_id)],
        dependencies={"context": Provide(context)},
        exception_handlers={
            HTTPException: refused,
            NotFound: on_not_found,
            Exception: failed,
        },
        include_in_schema=False,
        opt={"plugin": plugin_id, "plugin_scope": routes.scope},
    )


class _Apart(ASGIMiddleware):
    """Has everything of a plugin's page done apart: guards, handler, what it streams, what it does afterwards."""

    def __init__(self, plugin_id: str) -> None:
        self._plugin_id = plugin_id

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Reads the request and sends the answer for the plugin. Raises `TooLate`."""
        platform: Platform = scope["litestar_app"].state.platform
        started, wrong = time.perf_counter(), ""

        async def receive_at_home() -> Any:
            return await at_home(receive)

        async def send_at_home(message: Message) -> None:
            nonlocal wrong
            if message["type"] == "http.response.start" and message["status"] >= _FAILED:
                wrong = f"answered with {message['status']}"
            await at_home(partial(send, message))

        call = partial(next_app, scope, receive_at_home, send_at_home)
        try:
            await platform.dispatch.apart.run(self._plugin_id, call, _PAGE_SECONDS)
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
            raise
        finally:
            platform.dispatch.note(self._plugin_id, "route", time.perf_counter() - started, wrong)


def _is_open(connection: Connection, snapshot: Snapshot, plugin_id: str, routes: RouteSet) -> bool:
    if routes.scope == "public":
        return snapshot.on_somewhere(plugin_id)
    structure_id = _structure_id(connection, snapshot)
    if not snapshot.is_on(plugin_id, structure_id) or structure_id is None:
        return False
    if routes.access == "anyone":
        return True
    user: CurrentUser | None = connection.scope.get("user")
    if user is None:
        return False
    return user.manages(structure_id) if routes.access == "manager" else user.sees(structure_id)


def _is_granted(connection: Connection, platform: Platform, key: str) -> bool:
    """Whether who asks reaches the least role of a permission: the deployment's, else the plugin's. Nobody has an unknown one."""
    owned = next((one for one in platform.board.permissions if one.item.key == key), None)
    if owned is None:
        return False
    deployed = platform.settings.plugin.get(owned.plugin_id)
    name = key.partition(":")[2]
    least = deployed.permissions.get(name, owned.item.access) if deployed else owned.item.access
    user: CurrentUser | None = connection.scope.get("user")
    return least == "anyone" or (user is not None and user.may(least))


def _structure_id(connection: Connection, snapshot: Snapshot) -> Any:
    slug = connection.path_params.get("structure_slug")
    return next((ref.id for ref in snapshot.structures.values() if ref.slug == slug), None)
