"""Many rows in one round trip, and ids that are the same in every demonstration."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from core.storage.engine import Database

_SPACE = UUID("5d9a7f0e-5b1c-4f7e-9d0a-64656d6f2027")


def demo_id(kind: str, name: object) -> UUID:
    """The id of one demonstration object."""
    return uuid5(_SPACE, f"{kind}:{name}")


async def insert(database: Database, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts `rows`, which all have the same columns; PostgreSQL reads them from one JSON text."""
    if not rows:
        return
    columns = ", ".join(rows[0])
    await database.execute(
        f"INSERT INTO {table} ({columns})"  # noqa: S608 - names are ours
        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)",
        list(rows),
    )
