"""What plugins keep in the database: their migrations, their tables, their switches; and how all that is removed.

A plugin whose tables are not what its code expects is left out, and says so; one whose package is gone leaves its data, which is
listed until it is purged.
"""

from collections.abc import Collection, Sequence

import msgspec

from core.errors import PluginError
from core.extension.board import Board
from core.platform import Platform
from core.storage.migrate import CORE_FOLDER, MigrationSet, core_tables, pending

_DROP_THE_REST = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, '{prefix}') LOOP
        EXECUTE 'DROP FUNCTION ' || one.name || ' CASCADE';
    END LOOP;
    FOR one IN SELECT oid::regtype AS name FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        AND starts_with(typname, '{prefix}') LOOP
        EXECUTE 'DROP TYPE ' || one.name || ' CASCADE';
    END LOOP;
END $$
"""
"""Functions and types that bear the plugin's id; an id has small letters, figures and underscores only."""
_OWN_ROWS = ("plugin_switch", "plugin_policy", "plugin_settings")


class StoredData(msgspec.Struct, frozen=True, kw_only=True):
    """What one plugin keeps: tables with their rows, and how many rows of ours are about it. `loaded`: its code is here."""

    plugin_id: str
    loaded: bool
    tables: tuple[tuple[str, int], ...]
    own_rows: int


def migration_sets(board: Board) -> list[MigrationSet]:
    """The migrations of the core, then of the loaded plugins in dependency order."""
    sets = [MigrationSet(owner="core", folder=CORE_FOLDER)]
    for record in board.loaded:
        folder = record.candidate.folder / "migrations"
        if record.id != "core" and folder.is_dir():
            sets.append(MigrationSet(owner=record.id, folder=folder))
    return sets


async def leave_out_unmigrated(platform: Platform) -> list[str]:
    """Takes the plugins whose migrations are missing off the board; their ids. Everything else goes on."""
    board = platform.board
    missing = await pending(platform.db, migration_sets(board))
    behind = sorted({migration.owner for migration in missing} - {"core"})
    for plugin_id in behind:
        record = board.plugins[plugin_id]
        record.state = "failed"
        record.reason = (
            "its tables are not up to date: run `somobilite migrate`, which says why if it fails"
        )
        board.drop(plugin_id)
    return behind


async def list_stored(platform: Platform) -> list[StoredData]:
    """What every plugin keeps, those that are not loaded included, by id."""
    rows = await platform.db.fetch(
        "SELECT owner AS id FROM schema_migration UNION SELECT plugin FROM plugin_switch"
        " UNION SELECT plugin FROM plugin_policy UNION SELECT plugin FROM plugin_settings"
    )
    ids = {row["id"] for row in rows} | set(platform.board.plugins)
    ids.discard("core")
    names = await platform.db.fetch(
        "SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    owned = _by_owner([row["name"] for row in names if row["name"] not in core_tables()], ids)
    found = []
    for plugin_id in sorted(ids):
        tables = []
        for name in owned.get(plugin_id, ()):
            count = await platform.db.fetch_value(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - a name of the catalogue
            tables.append((name, count))
        own_rows = 0
        for name in _OWN_ROWS:
            own_rows += await platform.db.fetch_value(
                f"SELECT count(*) FROM {name} WHERE plugin = $1",  # noqa: S608 - names are ours
                plugin_id,
            )
        if tables or own_rows:
            record = platform.board.plugins.get(plugin_id)
            found.append(
                StoredData(
                    plugin_id=plugin_id,
                    loaded=record is not None and record.state == "loaded",
                    tables=tuple(tables),
                    own_rows=own_rows,
                )
            )
    return found


async def purge(platform: Platform, plugin_id: str) -> StoredData:
    """Removes all that a plugin keeps, in one transaction; what that was. What it sent elsewhere is not reached.

    Raises `PluginError` for a plugin that is on somewhere, or that keeps nothing.
    """
    async with platform.db.atomic():
        snapshot = await platform.plugins.fresh()
        if plugin_id == "core" or snapshot.on_somewhere(plugin_id):
            raise PluginError(
                f"{plugin_id} is on: switch it off everywhere, or deny it in the settings, before its data is removed"
            )
        data = next(
            (one for one in await list_stored(platform) if one.plugin_id == plugin_id), None
        )
        if data is None:
            raise PluginError(f"{plugin_id} keeps nothing here")
        if data.tables:
            names = ", ".join(f'"{name}"' for name, _ in data.tables)
            # What hangs on them (a view, a reference of another plugin's table) goes too.
            await platform.db.execute(f"DROP TABLE {names} CASCADE")
        await platform.db.execute(_DROP_THE_REST.format(prefix=f"{plugin_id}_"))
        for name in (*_OWN_ROWS, "plugin_told"):
            await platform.db.execute(f"DELETE FROM {name} WHERE plugin = $1", plugin_id)  # noqa: S608 - names are ours
        await platform.db.execute("DELETE FROM schema_migration WHERE owner = $1", plugin_id)
        await platform.db.execute(
            "DELETE FROM outbox_delivery WHERE starts_with(handler, $1) AND state <> 'done'",
            f"{plugin_id}:",
        )
        await platform.db.execute(
            "DELETE FROM message_template WHERE starts_with(template, $1)", f"{plugin_id}:"
        )
        await platform.db.execute("DELETE FROM job WHERE starts_with(key, $1)", f"{plugin_id}:")
    return data


def _by_owner(tables: Sequence[str], ids: Collection[str]) -> dict[str, list[str]]:
    """Each table under the plugin with the longest id that begins its name: `calendar_ical_feed` is not of `calendar`."""
    found: dict[str, list[str]] = {}
    for name in tables:
        owners = [plugin_id for plugin_id in ids if name.startswith(f"{plugin_id}_")]
        if owners:
            found.setdefault(max(owners, key=len), []).append(name)
    return found
