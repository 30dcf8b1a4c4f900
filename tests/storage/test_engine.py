"""The engine keeps its promises when everything goes wrong at once."""

import asyncio
import contextlib
import random

import asyncpg
import msgspec
import pytest
from piccolo.columns import Integer, Text
from piccolo.table import Table

from core.errors import StorageError
from core.storage.engine import DB, Database


class Note(Table, db=DB, tablename="note"):
    id = Integer(primary_key=True)
    word = Text()


class NoteRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    word: str


@pytest.fixture
async def notes(database):
    await database.execute("CREATE TABLE note (id integer PRIMARY KEY, word text NOT NULL)")
    return database


async def words(database):
    return [row["word"] for row in await database.fetch("SELECT word FROM note ORDER BY id")]


async def test_a_nested_atomic_that_fails_and_is_caught_undoes_only_itself(notes):
    async with notes.atomic():
        await notes.execute("INSERT INTO note VALUES (1, 'outer')")
        with pytest.raises(ValueError, match="inner"):
            async with notes.atomic():
                await notes.execute("INSERT INTO note VALUES (2, 'inner')")
                raise ValueError("inner")
        await notes.execute("INSERT INTO note VALUES (3, 'after')")
    assert await words(notes) == ["outer", "after"]


async def test_a_refused_row_in_a_savepoint_leaves_the_outer_transaction_usable(notes):
    async with notes.atomic():
        await notes.execute("INSERT INTO note VALUES (1, 'first')")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with notes.atomic():
                await notes.execute("INSERT INTO note VALUES (1, 'twin')")
        await notes.execute("INSERT INTO note VALUES (2, 'second')")
    assert await words(notes) == ["first", "second"]


async def test_a_failing_commit_is_an_error_and_gives_the_connection_back(database_url):
    database = Database(database_url, pool_size=2)
    await database.open()
    try:
        await database.execute("CREATE TABLE parent (id integer PRIMARY KEY)")
        await database.execute(
            "CREATE TABLE child (parent integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )
        for _ in range(6):  # three times the pool: a leak would hang here
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                async with database.atomic():
                    await database.execute("INSERT INTO child VALUES (404)")
            assert not database.in_transaction
        assert await asyncio.wait_for(database.fetch_value("SELECT count(*) FROM child"), 5) == 0
    finally:
        await database.close()


async def test_two_hundred_random_cancellations_leave_the_pool_whole_and_nothing_half_done(
    database_url,
):
    size = 4
    database = Database(database_url, pool_size=size)
    await database.open()
    await database.execute("CREATE TABLE pair (id integer, half text)")
    chance = random.Random(2027)
    committed = 0

    async def request(number):
        nonlocal committed
        async with database.atomic():
            await database.execute("INSERT INTO pair VALUES ($1, 'left')", number)
            await database.fetch_value("SELECT pg_sleep($1)", chance.random() / 100)
            async with database.atomic():
                await database.execute("INSERT INTO pair VALUES ($1, 'right')", number)
        committed += 1

    try:
        for start in range(0, 200, 8):
            tasks = [asyncio.create_task(request(start + n)) for n in range(8)]
            for task in tasks:
                await asyncio.sleep(chance.random() / 200)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        async def hold():
            async with database.connection() as connection:
                await connection.fetchval("SELECT pg_sleep(0.05)")

        await asyncio.wait_for(asyncio.gather(*(hold() for _ in range(size * 2))), 10)
        halves = await database.fetch("SELECT id FROM pair GROUP BY id HAVING count(*) <> 2")
        whole = await database.fetch_value("SELECT count(DISTINCT id) FROM pair")
        assert halves == []
        assert whole >= committed
        stuck = await database.fetch_value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        )
        assert stuck == 0
    finally:
        await database.close()


async def test_a_cancelled_request_is_undone(notes):
    inserted = asyncio.Event()

    async def request():
        async with notes.atomic():
            await notes.execute("INSERT INTO note VALUES (1, 'lost')")
            inserted.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(request())
    await inserted.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await words(notes) == []


async def test_a_task_started_inside_a_transaction_does_not_share_it(notes):
    async def look():
        assert not notes.in_transaction
        return await words(notes)

    async with notes.atomic():
        await notes.execute("INSERT INTO note VALUES (1, 'unseen')")
        assert notes.in_transaction
        assert await asyncio.create_task(look()) == []
        assert await words(notes) == ["unseen"]


async def test_piccolo_reads_and_writes_in_the_transaction_of_the_task(notes):
    with pytest.raises(RuntimeError):
        async with notes.atomic():
            await Note.insert(Note(id=1, word="gone"))
            assert await Note.count() == 1
            raise RuntimeError
    assert await Note.count() == 0


async def test_two_databases_in_one_process_never_meet(notes, server, template_database):
    name = "other_of_two"
    connection = await asyncpg.connect(server.url())
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    other = Database(server.url(name), pool_size=2)
    await other.open()
    try:
        await other.execute("CREATE TABLE note (id integer PRIMARY KEY, word text NOT NULL)")
        with other.bound():
            await Note.insert(Note(id=1, word="other"))
        assert await Note.count() == 0
        async with notes.atomic():
            assert not other.in_transaction
    finally:
        await other.close()
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()


async def test_a_table_used_outside_any_database_says_how_to_bind_one():
    # without the `database` fixture nothing is bound
    with pytest.raises(StorageError, match="bound"):
        await Note.count()


async def test_rows_leave_as_structs_with_their_json_decoded(notes):
    class Row(msgspec.Struct, frozen=True, kw_only=True):
        number: int
        facts: dict[str, list[str]]

    row = await notes.struct(Row, """SELECT 7 AS number, '{"langs": ["fr"]}'::jsonb AS facts""")
    assert row == Row(number=7, facts={"langs": ["fr"]})
    assert await notes.struct(NoteRow, "SELECT id, word FROM note WHERE id = 9") is None


async def test_execute_tells_how_many_rows_it_touched(notes):
    await notes.execute_many("INSERT INTO note VALUES ($1, $2)", [(n, "x") for n in range(5)])
    assert await notes.execute("UPDATE note SET word = 'y' WHERE id < 3") == 3


async def test_no_server_is_an_error_that_says_where_to_look():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StorageError, match="DATABASE_URL"):
        await nowhere.open()
    with pytest.raises(StorageError, match="not open"):
        await nowhere.fetch("SELECT 1")
