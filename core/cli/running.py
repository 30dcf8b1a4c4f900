"""What every command stands on: the settings, a platform that is open, a schema that is up to date."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from core.errors import SettingsError
from core.settings import Settings, load_settings
from core.storage.connecting import connected
from core.storage.migrate import CORE_FOLDER, MigrationSet, Reads, pending

if TYPE_CHECKING:
    from core.platform import Platform

T = TypeVar("T")


def settings_from(*, port: int | None = None, workers: int | None = None) -> Settings:
    """The settings, with what the command line says, also for the processes that we start."""
    if port is not None:
        os.environ["SOMOBILITE_SERVER_PORT"] = str(port)
    if workers is not None:
        os.environ["SOMOBILITE_SERVER_WORKERS"] = str(workers)
    return load_settings()


def with_platform(settings: Settings, work: Callable[["Platform"], Awaitable[T]]) -> T:
    """Runs `work` with an open platform, to its end."""
    from core.app import open_platform  # noqa: PLC0415 - who only watches over servers need not load it

    async def run() -> T:
        async with open_platform(settings) as platform:
            return await work(platform)

    return asyncio.run(run())


async def require_schema(database: Reads) -> None:
    """Raises `SettingsError` when the core's tables are not up to date; a plugin's only leave that plugin out."""
    missing = await pending(database, [MigrationSet(owner="core", folder=CORE_FOLDER)])
    if missing:
        raise SettingsError(
            f"the database is not up to date ({len(missing)} migrations): run `somobilite migrate`"
        )


async def require_schema_of(settings: Settings) -> None:
    """The same before there is a platform: the plugins need not be loaded for it."""
    async with connected(settings.database.url) as connection:
        await require_schema(connection)
