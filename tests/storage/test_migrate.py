"""Migrations: all or nothing, once, whoever starts first."""

import asyncio
import subprocess
import sys
import textwrap
from uuid import uuid4

import asyncpg
import pytest

from core.errors import MigrationError
from core.storage.engine import Database
from core.storage.migrate import CORE_FOLDER, MigrationSet, migrate, pending, read_migrations


@pytest.fixture
async def empty(server):
    """A database with nothing in it."""
    name = f"empty_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server.url())
    await connection.execute(f'CREATE DATABASE "{name}"')
    database = Database(server.url(name), pool_size=3)
    await database.open()
    yield database
    await database.close()
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id integer);")
    (tmp_path / "0002_second.sql").write_text(
        "CREATE TABLE second (id integer); INSERT INTO second VALUES (1); INSERT INTO second VALUES (2);"
    )
    return tmp_path


def of(folder, owner="core"):
    return [MigrationSet(owner=owner, folder=folder)]


async def test_files_are_applied_in_order_and_only_once(empty, folder):
    assert [m.name for m in await pending(empty, of(folder))] == ["0001_first", "0002_second"]
    seen = []
    applied = await migrate(empty, of(folder), on_applied=lambda m: seen.append(m.name))
    assert [m.name for m in applied] == seen == ["0001_first", "0002_second"]
    assert await migrate(empty, of(folder)) == []
    assert await pending(empty, of(folder)) == []
    assert await empty.fetch_value("SELECT count(*) FROM second") == 2


async def test_a_file_changed_after_it_was_applied_is_refused_by_name(empty, folder):
    await migrate(empty, of(folder))
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id bigint);")
    with pytest.raises(MigrationError, match="core/0001_first was changed"):
        await migrate(empty, of(folder))


async def test_a_failing_file_leaves_nothing_not_even_the_files_before_it(empty, folder):
    (folder / "0003_broken.sql").write_text("CREATE TABLE third (id integer); SELECT nonsense;")
    with pytest.raises(MigrationError, match="core/0003_broken failed"):
        await migrate(empty, of(folder))
    for name in ("first", "second", "third", "schema_migration"):
        assert await empty.fetch_value("SELECT to_regclass($1)", name) is None
    (folder / "0003_broken.sql").unlink()
    assert len(await migrate(empty, of(folder))) == 2


async def test_two_owners_may_use_the_same_file_names(empty, folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("plugin")
    (other / "0001_first.sql").write_text("CREATE TABLE plugin_first (id integer);")
    applied = await migrate(empty, [*of(folder), *of(other, "plugin")])
    assert [(m.owner, m.name) for m in applied] == [
        ("core", "0001_first"),
        ("core", "0002_second"),
        ("plugin", "0001_first"),
    ]


def test_a_badly_named_file_is_refused_with_a_good_example(tmp_path):
    (tmp_path / "first.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match=r"0001_initial\.sql"):
        read_migrations(of(tmp_path))


RACE = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from core.storage.engine import Database
    from core.storage.migrate import MigrationSet, migrate

    async def main(url, folder):
        database = Database(url, pool_size=2)
        await database.open()
        applied = await migrate(database, [MigrationSet(owner="core", folder=Path(folder))])
        await database.close()
        print(len(applied))

    asyncio.run(main(*sys.argv[1:]))
    """
)


@pytest.mark.processes
async def test_four_processes_that_start_at_once_apply_each_file_once(empty, folder):
    (folder / "0003_slow.sql").write_text("SELECT pg_sleep(0.3);")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            RACE,
            empty.url,
            str(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    answers = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, answers
    assert sorted(int(out) for out, _ in answers) == [0, 0, 0, 3]
    assert await empty.fetch_value("SELECT count(*) FROM schema_migration") == 3
    assert await empty.fetch_value("SELECT count(*) FROM second") == 2


_BEFORE_TERMS = """
    INSERT INTO structure (id, slug, name, kind, department, open_on_holidays) VALUES
        ('00000000-0000-0000-0000-000000000001', 'open', 'Ouverte', 'bij_pij', '33', true),
        ('00000000-0000-0000-0000-000000000002', 'closed', 'Fermée', 'bij_pij', '33', false);
    INSERT INTO account (id, email, name) VALUES ('00000000-0000-0000-0000-000000000003', 'a@example.org', 'Essai');
    INSERT INTO advisor (id, account, display_name) SELECT id, id, name FROM account;
    INSERT INTO opening (id, advisor, structure, channels, starts_on, start_time, end_time, slot_minutes)
        SELECT gen_random_uuid(), a.id, s.id, '{phone}', '2027-02-02', '14:00', '17:00', minutes
        FROM advisor a, structure s, unnest('{45,60}'::integer[]) AS minutes WHERE s.slug = 'open';
    INSERT INTO youth (id, name, consent_version, consented_at)
        SELECT id, 'Essai', '', now() FROM account;
    INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at, created_at)
        SELECT gen_random_uuid(), a.id, a.id, s.id, 'phone', at, at + interval '1 hour', now()
        FROM advisor a, structure s, unnest('{2027-02-02 13:00Z,2027-02-02 14:00Z}'::timestamptz[]) AS at
        WHERE s.slug = 'open';
"""


async def test_what_was_booked_and_settled_before_the_terms_is_as_it_was_after_them(
    empty, tmp_path
):
    later = []
    for path in sorted(CORE_FOLDER.glob("*.sql")):
        if path.name < "0005":
            (tmp_path / path.name).write_bytes(path.read_bytes())
        else:
            later.append(path)
    await migrate(empty, of(tmp_path))
    await empty.execute(_BEFORE_TERMS)
    for path in later:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    await migrate(empty, of(tmp_path))
    rows = await empty.fetch("SELECT slug, open_on_holidays AS open FROM structure ORDER BY 1")
    assert [tuple(row) for row in rows] == [("closed", None), ("open", True)]
    lengths = await empty.fetch("SELECT slot_minutes FROM opening ORDER BY 1")
    assert [row["slot_minutes"] for row in lengths] == [45, None]
    # Two that touch still stand, and nothing fits over them.
    assert await empty.fetch_value("SELECT bool_and(busy_until = ends_at) FROM appointment")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await empty.execute(
            "INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at, created_at)"
            " SELECT gen_random_uuid(), youth, advisor, structure, channel, starts_at + interval '30 minutes',"
            " ends_at + interval '30 minutes', now() FROM appointment"
        )
