"""The services of the platform as a plugin is given them: what waits is done at home, on the server's loop, wherever the plugin runs."""

import inspect
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from core.contracts.context import Services
from core.extension.errands import at_home, holds_open, is_home, opened_at_home, soon_at_home
from core.storage.engine import Database

_STATEMENTS = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})


def lend(services: Services) -> Services:
    """The same services, for code that runs on another loop."""
    return cast("Services", _LentServices(services))


class _LentServices:
    """Every method that is awaited is awaited at home; the others are safe on any thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.database = LentDatabase(services.database)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._services, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def asked(*args: Any, **options: Any) -> Any:
            return await at_home(partial(found, *args, **options))

        return asked


class LentDatabase(Database):
    """The platform's database, for code that runs on another loop: same pool, same transactions."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.url, pool_size=database.pool_size)
        self._database = database

    @property
    def in_transaction(self) -> bool:
        """Whether the present task has one open; on another loop, that of who asks the plugin is joined without being seen."""
        return self._database.in_transaction if is_home() else holds_open()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """The statements of a connection: `fetch`, `fetchrow`, `fetchval`, `execute`, `executemany`."""
        async with opened_at_home(self._database.connection) as connection:
            yield _LentConnection(connection)

    @asynccontextmanager
    async def atomic(self) -> AsyncIterator[Any]:
        """A transaction, or a savepoint in that of who asks the plugin."""
        async with opened_at_home(self._database.atomic) as connection:
            yield _LentConnection(connection)

    def wake(self, channel: str) -> None:
        """Tells who LISTENs to `channel`, soon."""
        soon_at_home(partial(self._database.wake, channel))

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """All rows."""
        return await at_home(partial(self._database.fetch, sql, *args))

    async def fetch_one(self, sql: str, *args: object) -> Any | None:
        """The first row, or None."""
        return await at_home(partial(self._database.fetch_one, sql, *args))

    async def fetch_value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        return await at_home(partial(self._database.fetch_value, sql, *args))

    async def execute(self, sql: str, *args: object) -> int:
        """Runs a statement; the number of rows that it touched."""
        return await at_home(partial(self._database.execute, sql, *args))

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs one statement for each row of arguments."""
        await at_home(partial(self._database.execute_many, sql, rows))


class _LentConnection:
    """A connection of the platform's; only what is one question and one answer can be asked from another loop."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        if name not in _STATEMENTS:
            raise AttributeError(
                f"a plugin's connection has {', '.join(sorted(_STATEMENTS))}; not {name!r}"
            )
        return lambda *args, **options: at_home(
            partial(getattr(self._connection, name), *args, **options)
        )
