"""Serving: a database that runs, then granian with as many worker processes as asked.

The worker processes build their own application from the settings in the environment (`create`); the embedded
database, when it is used, belongs to the parent and lives as long as it does. The parent only watches over them: it does
not load the application, which would be half of the start.
"""

import asyncio
import errno
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from core.errors import SettingsError
from core.logs import configure_logging
from core.settings import Settings, load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database

if TYPE_CHECKING:
    from litestar.types import ASGIApp

    from core.platform import Platform

_EMBEDDED_NAME = "somobilite"
_LAST_WORDS_SECONDS = 10


def create() -> "ASGIApp":
    """The application of one worker process, from `SOMOBILITE_*` and `DATABASE_URL`."""
    from core.app import build_app  # noqa: PLC0415 - not in the parent

    settings = load_settings()
    configure_logging(settings)
    return build_app(platform_of(settings))


def platform_of(settings: Settings) -> "Platform":
    """The platform without its web part; its database is not open yet."""
    from core.app import build_platform  # noqa: PLC0415 - not in the parent

    database = Database(settings.database.url, pool_size=settings.database.pool_size)
    return build_platform(settings, database)


@contextmanager
def running_database(settings: Settings, *, fresh: bool = False) -> Iterator[Settings]:
    """Settings whose database runs: the one they name, or the embedded one, started for the time of the block.

    `fresh` empties the embedded database first. Raises `SettingsError` rather than empty another, `StorageError`
    when the embedded one does not start.
    """
    if settings.database.url:
        if fresh:
            raise SettingsError(
                "only the embedded database can be started over; empty this one yourself, "
                "or unset DATABASE_URL"
            )
        yield settings
        return
    server = EmbeddedServer(settings.data_dir.resolve() / "pg")
    try:
        asyncio.run(_make_database(server.url(), fresh=fresh))
        url = server.url(_EMBEDDED_NAME)
        yield msgspec.structs.replace(
            settings, database=msgspec.structs.replace(settings.database, url=url)
        )
    finally:
        server.stop()


async def _make_database(url: str, *, fresh: bool) -> None:
    connection = await asyncpg.connect(url)
    try:
        if fresh:
            await connection.execute(f'DROP DATABASE IF EXISTS "{_EMBEDDED_NAME}" WITH (FORCE)')
        known = await connection.fetchval(
            "SELECT count(*) FROM pg_database WHERE datname = $1", _EMBEDDED_NAME
        )
        if not known:
            await connection.execute(f'CREATE DATABASE "{_EMBEDDED_NAME}"')
    except asyncpg.DuplicateDatabaseError:
        return  # another process of ours was faster
    finally:
        await connection.close()


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator["Platform"]:
    """The platform without its web part, its database open and bound: for the command line."""
    platform = platform_of(settings)
    await platform.db.open()
    try:
        with platform.db.bound():
            yield platform
    finally:
        platform.dispatch.close()
        await platform.db.close()


def check_port(settings: Settings) -> None:
    """Raises `SettingsError` when the address cannot be listened to."""
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"refused: {error.strerror}"
            raise SettingsError(
                f"{host}:{port} {reason}; choose another port with --port"
            ) from error


def serve(settings: Settings, *, when_ready: Callable[[], None] | None = None) -> None:
    """Serves until told to stop (Ctrl-C, SIGTERM); requests under way are given ten seconds.

    `when_ready` is called once the first request was answered.

    `settings` must name a running database, and be those that the environment gives the worker processes.
    """
    os.environ["DATABASE_URL"] = settings.database.url
    # A forked worker would keep threads that do not run in it (the password hasher's): better a clean start.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "core.start:create",
        address=settings.server.host,
        port=settings.server.port,
        interface=Interfaces.ASGI,
        workers=settings.server.workers,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_LAST_WORDS_SECONDS,
        log_level=LogLevels.warning,
    )
    if when_ready is not None:
        waiting = threading.Thread(
            target=_call_when_ready, args=(settings, when_ready), daemon=True
        )
        server.on_startup(waiting.start)
    server.serve()


def _call_when_ready(settings: Settings, when_ready: Callable[[], None]) -> None:
    """Knocks until a worker answers; gives up after a minute, when granian has said why."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = HTTPConnection(settings.server.host, settings.server.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            when_ready()
            return
        finally:
            connection.close()
