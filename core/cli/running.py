"""What every command stands on: the settings, a platform that is open, a schema that is up to date."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from core import serve as server
from core.errors import SettingsError
from core.logs import configure_logging
from core.settings import Settings, load_settings
from core.storage.engine import Database
from core.storage.migrate import CORE_FOLDER, MigrationSet, pending

if TYPE_CHECKING:
    from core.platform import Platform

T = TypeVar("T")


def settings_from(*, port: int | None = None, workers: int | None = None) -> Settings:
    """The settings, with what the command line says, also for the processes that we start."""
    if port is not None:
        os.environ["SOMOBILITE_SERVER_PORT"] = str(port)
    if workers is not None:
        os.environ["SOMOBILITE_SERVER_WORKERS"] = str(workers)
    settings = load_settings()
    configure_logging(settings)
    return settings


def with_platform(settings: Settings, work: Callable[["Platform"], Awaitable[T]]) -> T:
    """Runs `work` with an open platform, to its end."""

    async def run() -> T:
        async with server.open_platform(settings) as platform:
            return await work(platform)

    return asyncio.run(run())


async def require_schema(platform: "Platform") -> None:
    """Raises `SettingsError` when the core's tables are not up to date; a plugin's only leave that plugin out."""
    await _require_schema(platform.db)


async def require_schema_of(settings: Settings) -> None:
    """The same before there is a platform: the plugins need not be loaded for it."""
    database = Database(settings.database.url, pool_size=1)
    await database.open()
    try:
        await _require_schema(database)
    finally:
        await database.close()


async def _require_schema(database: Database) -> None:
    missing = await pending(database, [MigrationSet(owner="core", folder=CORE_FOLDER)])
    if missing:
        raise SettingsError(
            f"the database is not up to date ({len(missing)} migrations): run `somobilite migrate`"
        )
