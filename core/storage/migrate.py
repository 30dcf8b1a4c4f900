"""Migrations: ordered SQL files, applied in one transaction under an advisory lock, each owner behind a savepoint.

Each owner (`core`, then the plugins in dependency order) has a folder of `NNNN_name.sql`. A ledger keeps the checksum of each
applied file: an applied file that changed afterwards is an error, never a silent difference. Several nodes may
start at once; one applies, the others wait and find nothing to do.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from core.errors import MigrationError

if TYPE_CHECKING:
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


class Reads(Protocol):
    """A database, or one plain connection to it."""

    async def fetch(self, query: str, /) -> Sequence[Any]:
        """The rows of a query."""


@cache
def core_tables() -> frozenset[str]:
    """The names of the core's own tables, from its migrations."""
    return frozenset(
        name
        for path in CORE_FOLDER.glob("*.sql")
        for name in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", path.read_text("utf-8"))
    ) | {"schema_migration"}


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
    database: "Database",
    sets: Sequence[MigrationSet],
    *,
    on_applied: Callable[[Migration], None] = lambda _: None,
    on_failed: Callable[[str, MigrationError], None] | None = None,
) -> list[Migration]:
    """Applies what is missing; returns what was applied.

    Each owner's is all or nothing. A plugin whose migrations fail is told to `on_failed` and the others go on; without it, and for the
    core always, `MigrationError` is raised and nothing is applied at all: a file that fails, one that was changed after it was
    applied, or a plugin's table whose name does not begin with its id.
    """
    applied: list[Migration] = []
    async with database.atomic():
        await database.fetch_value("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await database.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration ("
            " owner text NOT NULL, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, name))"
        )
        rows = await database.fetch("SELECT owner, name, checksum FROM schema_migration")
        ledger = {(row["owner"], row["name"]): row["checksum"] for row in rows}
        for item in sets:
            try:
                async with database.atomic():
                    fresh = await _apply_missing(database, item, ledger)
            except MigrationError as error:
                if on_failed is None or item.owner == "core":
                    raise
                on_failed(item.owner, error)
                continue
            for migration in fresh:
                on_applied(migration)
            applied += fresh
    return applied


async def _apply_missing(
    database: "Database", item: MigrationSet, ledger: Mapping[tuple[str, str], str]
) -> list[Migration]:
    wanted = read_migrations([item])
    for one in wanted:
        if ledger.get((one.owner, one.name), one.checksum) != one.checksum:
            raise MigrationError(
                f"{one.owner}/{one.name} was changed after it was applied: "
                "put it back as it was and write a new migration instead"
            )
    missing = [one for one in wanted if (one.owner, one.name) not in ledger]
    before = await _tables(database) if missing else set()
    for migration in missing:
        await _apply(database, migration)
    made = await _tables(database) - before if missing else set()
    # A plugin's tables bear its id, so that they are known for its own, and can be removed with it.
    foreign = {name for name in made if not name.startswith(f"{item.owner}_")}
    if foreign and item.owner != "core":
        raise MigrationError(
            f"{item.owner}: the table {min(foreign)} must be named {item.owner}_{min(foreign)}"
        )
    return missing


async def _tables(database: "Database") -> set[str]:
    rows = await database.fetch(
        "SELECT relname::text AS name FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return {row["name"] for row in rows}


async def pending(database: Reads, sets: Sequence[MigrationSet]) -> list[Migration]:
    """The migrations that `migrate` would apply."""
    wanted = read_migrations(sets)
    if not await database.fetch("SELECT FROM pg_class WHERE oid = to_regclass('schema_migration')"):
        return wanted
    rows = await database.fetch("SELECT owner, name FROM schema_migration")
    done = {(row["owner"], row["name"]) for row in rows}
    return [migration for migration in wanted if (migration.owner, migration.name) not in done]


async def _apply(database: "Database", migration: Migration) -> None:
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
