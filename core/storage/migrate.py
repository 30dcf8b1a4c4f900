"""Migrations: ordered SQL files, all applied in one transaction under an advisory lock.

Each owner (`core`, then the plugins in dependency order) has a folder of `NNNN_name.sql`. A ledger keeps the checksum of each
applied file: an applied file that changed afterwards is an error, never a silent difference. Several nodes may
start at once; one applies, the others wait and find nothing to do.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from core.errors import MigrationError
from core.storage.engine import Database

CORE_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_266_113  # any constant; the same on every node
_NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")


class MigrationSet(msgspec.Struct, frozen=True, kw_only=True):
    """The migrations of one owner: `core` or a plugin id, and its folder."""

    owner: str
    folder: Path


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One SQL file, with the checksum that the ledger keeps."""

    owner: str
    name: str
    sql: str
    checksum: str


def read_migrations(sets: Sequence[MigrationSet]) -> list[Migration]:
    """Every migration of `sets`, in order. Raises `MigrationError` on a badly named file."""
    found = []
    for item in sets:
        for path in sorted(item.folder.glob("*.sql")):
            if not _NAME.match(path.name):
                raise MigrationError(
                    f"{item.owner}: {path.name} is not named NNNN_words.sql (for instance 0001_initial.sql)"
                )
            sql = path.read_text(encoding="utf-8")
            checksum = hashlib.sha256(sql.encode()).hexdigest()
            found.append(Migration(owner=item.owner, name=path.stem, sql=sql, checksum=checksum))
    return found


async def migrate(
    database: Database,
    sets: Sequence[MigrationSet],
    *,
    on_applied: Callable[[Migration], None] = lambda _: None,
) -> list[Migration]:
    """Applies what is missing; returns what was applied. All or nothing.

    Raises `MigrationError` when a file fails or an applied one was changed.
    """
    wanted = read_migrations(sets)
    async with database.atomic():
        await database.fetch_value("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await database.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration ("
            " owner text NOT NULL, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, name))"
        )
        rows = await database.fetch("SELECT owner, name, checksum FROM schema_migration")
        ledger = {(row["owner"], row["name"]): row["checksum"] for row in rows}
        applied = []
        for migration in wanted:
            known = ledger.get((migration.owner, migration.name))
            if known == migration.checksum:
                continue
            if known is not None:
                raise MigrationError(
                    f"{migration.owner}/{migration.name} was changed after it was applied: "
                    "put it back as it was and write a new migration instead"
                )
            await _apply(database, migration)
            on_applied(migration)
            applied.append(migration)
    return applied


async def pending(database: Database, sets: Sequence[MigrationSet]) -> list[Migration]:
    """The migrations that `migrate` would apply."""
    wanted = read_migrations(sets)
    if await database.fetch_value("SELECT to_regclass('schema_migration')") is None:
        return wanted
    rows = await database.fetch("SELECT owner, name FROM schema_migration")
    done = {(row["owner"], row["name"]) for row in rows}
    return [migration for migration in wanted if (migration.owner, migration.name) not in done]


async def _apply(database: Database, migration: Migration) -> None:
    try:
        await database.execute(migration.sql)
        await database.execute(
            "INSERT INTO schema_migration (owner, name, checksum) VALUES ($1, $2, $3)",
            migration.owner,
            migration.name,
            migration.checksum,
        )
    except Exception as error:
        raise MigrationError(f"{migration.owner}/{migration.name} failed: {error}") from error
