"""The composition root: settings, database and plugins become a Litestar application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import structlog
from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, ControllerRouterHandler

import hookspecs
from core import builtin
from core.accounts import pages as accounts_pages
from core.accounts.access import anyone, settle_guards
from core.accounts.sessions import SessionMiddleware
from core.agenda import pages as agenda_pages
from core.agenda.counter import ToFillInMiddleware
from core.booking import api as booking_api
from core.booking import pages as booking_pages
from core.catalogue import api as catalogue_api
from core.catalogue import pages as catalogue_pages
from core.catalogue.editing.pages import routes as sheet_pages
from core.clock import Clock, SystemClock
from core.demand import pages as demand_pages
from core.errors import FriendlyError, NotFound
from core.extension.board import Board
from core.extension.discovery import discover
from core.extension.loading import build_board
from core.extension.manifest import read_manifest
from core.extension.middleware import SnapshotMiddleware
from core.extension.mounting import Preflight, mount
from core.extension.pages import routes as extension_routes
from core.extension.stored import leave_out_unmigrated
from core.followup import pages as followup_pages
from core.followup.counter import ToAnswerMiddleware
from core.interviews import pages as interviews_pages
from core.logs import configure_logging
from core.matching import pages as matching_pages
from core.network import api as network_api
from core.network import pages as network_pages
from core.notices import pages as notices_pages
from core.platform import Platform
from core.privacy import pages as privacy_pages
from core.services import PlatformServices
from core.settings import Settings
from core.storage.engine import Database
from core.web import errors, i18n
from core.web import health as health_pages
from core.web import site as site_pages
from core.web.middleware import Envelope
from core.web.static import StaticFiles, static_file
from core.web.templating import build_environment

if TYPE_CHECKING:
    from core.worker import Worker

MAX_BODY_BYTES = 12_000_000
log = structlog.get_logger("somobilite.app")

ROUTES: tuple[ControllerRouterHandler, ...] = (
    static_file,
    *health_pages.routes,
    *site_pages.routes,
    *accounts_pages.routes,
    *agenda_pages.routes,
    *booking_pages.routes,
    *booking_api.routes,
    *catalogue_pages.routes,
    *catalogue_api.routes,
    *sheet_pages.routes,
    *demand_pages.routes,
    *followup_pages.routes,
    *interviews_pages.routes,
    *matching_pages.routes,
    *network_pages.routes,
    *network_api.routes,
    *notices_pages.routes,
    *privacy_pages.routes,
    *extension_routes,
)


def load_board(settings: Settings, extra_folders: Sequence[Path] = ()) -> Board:
    """Every plugin that can be loaded. Raises `PluginError` in strict mode only."""
    core_manifest = read_manifest(Path(__file__).parent / "plugin.toml", expected_id="core")
    return build_board(
        hookspecs,
        builtin,
        core_manifest,
        discover(extra_folders),
        denied=settings.plugins.denied,
        strict=settings.plugins.strict,
        preflight=Preflight(),
    )


def _fonts(package: str) -> Path:
    """The font files of an installed package."""
    return Path(str(resources.files(package))) / "files"


def build_platform(
    settings: Settings,
    database: Database,
    *,
    clock: Clock | None = None,
    board: Board | None = None,
    templates: jinja2.Environment | None = None,
) -> Platform:
    """The platform without its web part: what the worker and the command line need.

    `board` and `templates` may be those of another platform with the same plugins: they hold no state.
    """
    board = board or load_board(settings)
    plugins = {record.id: record.candidate.folder for record in board.loaded if record.id != "core"}
    static = StaticFiles(
        {
            "web": Path(__file__).parent / "web" / "static",
            **{
                f"font-{name}": _fonts(f"fontpkg_{name}") for name in ("figtree", "hammersmith_one")
            },
            **{plugin_id: folder / "static" for plugin_id, folder in plugins.items()},
        }
    )
    i18n.install_catalogues(
        i18n.Catalogues(
            [Path(__file__).parent / "locale", *(folder / "locale" for folder in plugins.values())]
        )
    )
    platform = Platform(
        settings=settings,
        clock=clock or SystemClock(),
        database=database,
        board=board,
        templates=templates or build_environment(plugins, static),
    )
    platform.static = static
    platform.services = PlatformServices(platform)
    return platform


def set_up(settings: Settings) -> Platform:
    """The platform of this process, with its logs; its database is not open yet."""
    configure_logging(settings)
    database = Database(settings.database.url, pool_size=settings.database.pool_size)
    return build_platform(settings, database)


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[Platform]:
    """The platform without its web part, its database open and bound: for the command line."""
    platform = set_up(settings)
    await platform.db.open()
    try:
        with platform.db.bound():
            yield platform
    finally:
        platform.dispatch.close()
        await platform.db.close()


@asynccontextmanager
async def _life(app: Litestar) -> AsyncIterator[None]:
    platform: Platform = app.state.platform
    await platform.db.open()
    for plugin_id in await leave_out_unmigrated(platform):
        log.error("plugin left out: its tables are not up to date", plugin=plugin_id)
    platform.live.stop_on_signals()
    worker = _worker(platform) if platform.settings.server.jobs else None
    try:
        if worker is not None:
            await worker.start()
        yield
    finally:
        await platform.live.close()
        if worker is not None:
            await worker.stop()
        platform.dispatch.close()
        await platform.db.close()


def _worker(platform: Platform) -> "Worker":
    from core.worker import Worker  # noqa: PLC0415 - a server without jobs does without the scheduler

    return Worker(platform)


def build_app(platform: Platform) -> ASGIApp:
    """The whole application, ready to serve. The database is opened with it and closed with it."""
    return attach(mount_routes(platform), platform)


def attach(app: Litestar, platform: Platform) -> ASGIApp:
    """Serves `platform` through routes that were mounted for the same plugins and settings."""
    app.state.platform = platform
    app.state.static = platform.static
    return Envelope(app, platform)


def mount_routes(platform: Platform) -> Litestar:
    """Every route, guard and error page, for the plugins and the settings of `platform`."""
    app = Litestar(
        [*ROUTES, *mount(platform.board)],
        middleware=[
            SnapshotMiddleware(),
            SessionMiddleware(),
            ToFillInMiddleware(),
            ToAnswerMiddleware(),
        ],
        csrf_config=CSRFConfig(
            secret=platform.keys.derive("csrf"),
            cookie_name="somobilite_csrf",
            cookie_secure=platform.settings.public_url.startswith("https://"),
            cookie_httponly=True,
            exclude=["^/api/"],
        ),
        exception_handlers={
            HTTPException: errors.on_http,
            FriendlyError: errors.on_friendly,
            NotFound: errors.on_not_found,
            Exception: errors.on_exception,
        },
        openapi_config=OpenAPIConfig(
            title="So Mobilité",
            version="1",
            openapi_router=Router(
                "/api/v1/schema", route_handlers=[], guards=[anyone], include_in_schema=False
            ),
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        lifespan=[_life],
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        debug=False,
    )
    settle_guards(app)
    return app
