"""The database: one asyncpg pool behind Piccolo's engine interface.

Why our own engine: Piccolo's stock one loses its pool connection when a COMMIT fails or a request is
cancelled, and treats a nested transaction as nothing at all. Here the pool's own context manager gives the
connection back on every path, and a nested `atomic()` is a real savepoint.

Piccolo's tables are bound to `DB`, a stand-in that forwards to the database of the present context, so that two
applications in one process never meet.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, TypeVar

import asyncpg
import msgspec
import structlog
from piccolo.engine.base import BaseAtomic, BaseBatch, BaseTransaction, Engine
from piccolo.query.base import Query
from piccolo.querystring import QueryString

from core.errors import StorageError
from core.storage.connecting import WRITABLE, as_storage_error
from core.storage.convoys import Convoy

T = TypeVar("T")


log = structlog.get_logger("somobilite.storage")
_WAKE_SECONDS = 0.02
_WAKE = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(c, '') FROM unnest($1::text[]) c"


class _Held:
    """The connection of an open transaction, the task that opened it, and the channels to wake once it is committed."""

    __slots__ = ("connection", "task", "wakes")

    def __init__(self, connection: Any, task: asyncio.Task[Any] | None, wakes: set[str]) -> None:
        self.connection = connection
        self.task = task
        self.wakes = wakes


async def _prepare_connection(connection: Any) -> None:
    """JSON columns go in and out as Python values, by msgspec."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


async def _leave_as_it_is(_: Any) -> None:
    """What a transaction leaves open is rolled back before this; nothing else of ours outlives one on these connections.

    The library's own reset is a question more to the server after each query.
    """


class Database:
    """A PostgreSQL database: plain SQL in, Structs out, transactions that never leak a connection."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.pool_size = pool_size
        self._pool: Any | None = None
        self._held: ContextVar[_Held | None] = ContextVar("somobilite_transaction", default=None)
        self._wakes: set[str] = set()
        self._waker: asyncio.Task[None] | None = None
        self._convoys: dict[str, Convoy[Any, Any]] = {}

    async def open(self) -> None:
        """Opens the pool. Raises `StorageError` when no host of the URL answers as a primary."""
        with as_storage_error():
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self.pool_size,
                init=_prepare_connection,
                reset=_leave_as_it_is,
                target_session_attrs=WRITABLE,
                command_timeout=60,
                server_settings={"application_name": "somobilite", "timezone": "UTC"},
            )

    async def close(self) -> None:
        """Closes the pool; waits for the connections in use, ten seconds at most."""
        if self._waker is not None:
            self._waker.cancel()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), 10)
            except TimeoutError:
                pool.terminate()

    @contextmanager
    def bound(self) -> Iterator["Database"]:
        """Makes this the database of Piccolo's tables in the present context."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """The connection of the open transaction, or one from the pool for a moment."""
        held = self._own()
        if held is not None:
            yield held.connection
            return
        if self._pool is None:
            raise StorageError("the database is not open")
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def atomic(self) -> AsyncIterator[Any]:
        """A transaction; inside one (of the same task), a savepoint that really rolls back.

        Yields the connection. A task started inside does not share the transaction.
        """
        outer = self._own()
        wakes: set[str] = set() if outer is None else outer.wakes
        async with self.connection() as connection, connection.transaction():
            token = self._held.set(_Held(connection, asyncio.current_task(), wakes))
            try:
                yield connection
            finally:
                self._held.reset(token)
        if outer is None and wakes:
            self._wake_soon(wakes)

    @property
    def in_transaction(self) -> bool:
        """Whether the present task has a transaction open."""
        return self._own() is not None

    def wake(self, channel: str) -> None:
        """Tells who LISTENs to `channel`, once the present transaction is committed (soon, outside one).

        Outside the transaction itself, because a NOTIFY inside makes commits wait for each other; those of a moment are
        one. It may be lost with the process: listeners look again by themselves every few seconds.
        """
        held = self._own()
        if held is not None:
            held.wakes.add(channel)
        else:
            self._wake_soon({channel})

    def _wake_soon(self, channels: set[str]) -> None:
        self._wakes |= channels
        if self._waker is None or self._waker.done():
            self._waker = asyncio.create_task(self._notify())

    async def _notify(self) -> None:
        while self._wakes and self._pool is not None:
            await asyncio.sleep(_WAKE_SECONDS)
            channels, self._wakes = self._wakes, set()
            try:
                await self._pool.execute(_WAKE, list(channels))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("nobody was woken", channels=sorted(channels), problem=str(error))

    def _own(self) -> _Held | None:
        """The open transaction of the present task."""
        held = self._held.get()
        return held if held is not None and held.task is asyncio.current_task() else None

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """All rows of a query with `$1` parameters, as asyncpg records."""
        async with self.connection() as connection:
            rows: list[Any] = await connection.fetch(sql, *args)
            return rows

    async def fetch_one(self, sql: str, *args: object) -> Any | None:
        """The first row of a query, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        """Runs a statement; the number of rows that it touched (0 when it does not say)."""
        async with self.connection() as connection:
            tag: str = await connection.execute(sql, *args)
        tail = tag.rsplit(" ", 1)[-1]
        return int(tail) if tail.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs one statement for each row of arguments, in one round trip."""
        async with self.connection() as connection:
            await connection.executemany(sql, rows)

    async def structs(self, kind: type[T], sql: str, *args: object) -> list[T]:
        """All rows of a query, each as a `kind` (column names are field names)."""
        rows = await self.fetch(sql, *args)
        return [msgspec.convert(dict(row), kind, strict=False) for row in rows]

    async def struct(self, kind: type[T], sql: str, *args: object) -> T | None:
        """The first row of a query as a `kind`, or None."""
        row = await self.fetch_one(sql, *args)
        return None if row is None else msgspec.convert(dict(row), kind, strict=False)

    async def together(self, kind: type[T], sql: str, call: object, *args: object) -> T:
        """Asks a statement that takes an array of calls (`$1`, JSON) and answers one row for each: those of the same moment
        share it, and its commit. `args` are the same at every call. Inside a transaction it runs for this call alone.
        """

        async def carry(calls: Sequence[object]) -> list[T]:
            return await self.structs(kind, sql, list(calls), *args)

        if self.in_transaction:
            return (await carry([call]))[0]
        convoy = self._convoys.setdefault(sql, Convoy(carry))
        answer: T = await convoy.ask(call)
        return answer


_current: ContextVar[Database | None] = ContextVar("somobilite_database", default=None)


def current_database() -> Database:
    """The database bound to the present context. Raises `StorageError` outside one."""
    database = _current.get()
    if database is None:
        raise StorageError("no database is bound here: use `with database.bound():`")
    return database


class _CurrentDatabase(Engine[BaseTransaction]):
    """Piccolo's view of whichever database is bound to the context."""

    def __init__(self) -> None:
        # Deliberately not Engine.__init__: it connects at import time to read the server's version.
        self.engine_type = "postgres"
        self.min_version_number = 15
        self.log_queries = self.log_responses = False
        self.query_id = 0

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        sql, args = querystring.compile_string(engine_type="postgres")
        return await current_database().fetch(sql, *args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        return await current_database().fetch(ddl)

    def transform_response_to_dicts(self, results: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in results]

    def transaction_exists(self) -> bool:
        return current_database().in_transaction

    async def get_version(self) -> float:
        return 0.0

    def get_version_sync(self) -> float:
        return 0.0

    async def prep_database(self) -> None:
        return None

    async def batch(
        self, query: Query[Any, Any], batch_size: int = 100, node: str | None = None
    ) -> BaseBatch:
        _use_database_instead()

    def transaction(self, *args: Any, **kwargs: Any) -> BaseTransaction:
        _use_database_instead()

    def atomic(self) -> BaseAtomic:
        _use_database_instead()


def _use_database_instead() -> NoReturn:
    raise StorageError("use Database.atomic() and Database.fetch(), which never leak a connection")


DB = _CurrentDatabase()
"""Give this to every Piccolo table: `class Site(Table, db=DB)`."""
