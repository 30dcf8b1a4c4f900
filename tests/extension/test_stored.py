"""What plugins keep: a broken migration costs its plugin alone, data outlives its package, and purge takes it all."""

import pytest

from core.errors import MigrationError, PluginError
from core.extension.stored import (
    StoredData,
    leave_out_unmigrated,
    list_stored,
    migration_sets,
    purge,
)
from core.storage.migrate import core_tables, migrate
from core.testing.factories import make_structure


def tables(folder, **files):
    (folder / "migrations").mkdir()
    for name, sql in files.items():
        (folder / "migrations" / f"{name}.sql").write_text(sql)


@pytest.fixture
def plugged(platform, workshop):
    """Loads the workshop's plugins on the board of the platform, for one test."""

    def load():
        board = workshop.board(strict=True)
        platform.board = board
        platform.plugins._board = board
        platform.plugins._snapshot = None
        return board

    return load


async def test_a_broken_migration_costs_its_plugin_alone(platform, workshop, plugged, database):
    tables(workshop.add("broken"), **{"0001_initial": "CREATE TABLE broken_a (); NONSENSE"})
    tables(workshop.add("sound"), **{"0001_initial": "CREATE TABLE sound_note (word text)"})
    sets = migration_sets(plugged())
    with pytest.raises(MigrationError, match="broken/0001_initial"):
        await migrate(database, sets)
    failed = {}
    applied = await migrate(
        database, sets, on_failed=lambda owner, error: failed.update({owner: str(error)})
    )
    assert [one.owner for one in applied] == ["sound"]
    assert list(failed) == ["broken"]
    assert await leave_out_unmigrated(platform) == ["broken"]
    states = {record.id: record.state for record in platform.board.plugins.values()}
    assert states == {"core": "loaded", "broken": "failed", "sound": "loaded"}
    assert "somobilite migrate" in platform.board.plugins["broken"].reason
    await purge(platform, "sound")


async def test_a_table_bears_the_id_of_its_plugin(database, workshop, plugged):
    tables(workshop.add("noter"), **{"0001_initial": "CREATE TABLE note (word text)"})
    with pytest.raises(MigrationError, match="must be named noter_note"):
        await migrate(database, migration_sets(plugged()))


async def test_data_outlives_its_package_is_listed_and_can_be_purged(
    platform, database, workshop, plugged
):
    structure = await make_structure(database)
    tables(
        workshop.add("gone"),
        **{
            "0001_initial": "CREATE TABLE gone_book (id integer PRIMARY KEY);"
            " CREATE TABLE gone_page (book integer REFERENCES gone_book, words text);"
            " INSERT INTO gone_book VALUES (1); INSERT INTO gone_page VALUES (1, 'a'), (1, 'b')"
        },
    )
    tables(workshop.add("gone_too"), **{"0001_initial": "CREATE TABLE gone_too_note (word text)"})
    await migrate(database, migration_sets(plugged()))
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('gone', $1, 'on', now())",
        structure,
    )
    with pytest.raises(PluginError, match="is on"):
        await purge(platform, "gone")
    for name in ("gone", "gone_too"):
        (workshop.folder / name / "plugin.toml").unlink()
    plugged()
    stored = {data.plugin_id: data for data in await list_stored(platform)}
    assert stored["gone"] == StoredData(
        plugin_id="gone",
        loaded=False,
        tables=(("gone_book", 1), ("gone_page", 2)),
        own_rows=1,
    )
    assert stored["gone_too"].tables == (("gone_too_note", 0),)
    assert (await purge(platform, "gone")).tables == (("gone_book", 1), ("gone_page", 2))
    await purge(platform, "gone_too")
    assert {"gone", "gone_too"} & {data.plugin_id for data in await list_stored(platform)} == set()
    with pytest.raises(PluginError, match="keeps nothing"):
        await purge(platform, "gone")


async def test_the_core_is_never_purged(platform):
    with pytest.raises(PluginError, match="core is on"):
        await purge(platform, "core")


async def test_no_id_makes_a_table_of_the_core_its_own(platform, database):
    for table in sorted(core_tables()):
        owner = table.partition("_")[0]
        await database.execute(
            "INSERT INTO schema_migration (owner, name, checksum) VALUES ($1, '0001_a', 'x') ON CONFLICT DO NOTHING",
            owner,
        )
    before = await database.fetch_value("SELECT count(*) FROM pg_class WHERE relkind = 'r'")
    stored = {data.plugin_id: data.tables for data in await list_stored(platform)}
    ours = {name for tables in stored.values() for name, _ in tables} & core_tables()
    assert ours == set()
    with pytest.raises(PluginError, match="keeps nothing"):
        await purge(platform, "appointment")
    assert await database.fetch_value("SELECT count(*) FROM pg_class WHERE relkind = 'r'") == before


async def test_what_hangs_on_a_plugins_tables_goes_with_them(platform, database, workshop, plugged):
    tables(
        workshop.add("viewer"),
        **{
            "0001_initial": "CREATE TYPE viewer_mood AS ENUM ('a'); CREATE TABLE viewer_note (mood viewer_mood);"
            " CREATE VIEW viewer_seen AS SELECT * FROM viewer_note;"
            " CREATE FUNCTION viewer_count() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"
        },
    )
    sets = migration_sets(plugged())
    await migrate(database, sets)
    await purge(platform, "viewer")
    assert [one.owner for one in await migrate(database, sets)] == ["viewer"]
    await purge(platform, "viewer")
