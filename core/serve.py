"""Serving: a database that runs, then granian with as many worker processes as asked.

The worker processes build their own application from the settings in the environment (`core.start`); the embedded
database, when it is used, belongs to the parent and lives as long as it does. The parent only watches over them: the
workers wait for it, so it loads neither the application nor anything else that it can do without.
"""

import asyncio
import errno
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
import msgspec
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from core.errors import SettingsError
from core.settings import Settings

_EMBEDDED_NAME = "somobilite"
_LAST_WORDS_SECONDS = 10


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
    from core.storage.embedded import EmbeddedServer  # noqa: PLC0415 - most servers have their own

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


def serve(settings: Settings, *, on_start: Callable[[], None] | None = None) -> None:
    """Serves until told to stop (Ctrl-C, SIGTERM); requests under way are given ten seconds.

    `on_start` is called when the workers are about to start.

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
    if on_start is not None:
        server.on_startup(on_start)
    server.serve()
