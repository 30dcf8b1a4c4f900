"""A plain connection to the database, for what comes before the platform, and how one is told that there is none."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from core.errors import StorageError

WRITABLE = "read-write"
"""Which host of an address with several: the one that takes writes."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """One connection for the time of the block. Raises `StorageError` when no host of the URL answers as a primary."""
    with as_storage_error():
        connection = await asyncpg.connect(url, target_session_attrs=WRITABLE)
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def as_storage_error() -> Iterator[None]:
    """Turns what a connection that fails raises into `StorageError`, with what to do about it."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise StorageError(
            f"cannot connect to the database: {error}. Check DATABASE_URL, "
            "or leave it unset to use the embedded server."
        ) from error
