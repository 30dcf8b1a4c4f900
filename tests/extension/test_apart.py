"""A plugin's code runs apart: what blocks there holds up itself alone, and what it asks of the platform is done in who asks."""

import asyncio
import gc
import threading
import time

import pytest

from core.errors import PluginError, Refused
from core.extension.apart import MOST_LATE, Apart, TooLate
from core.extension.dispatch import Dispatcher
from core.extension.errands import at_home, opened_at_home
from core.extension.lent import LentDatabase, lend
from core.storage.engine import current_database
from core.web.i18n import current_locale, use_locale

LIMIT = 0.1


@pytest.fixture
def apart():
    apart = Apart()
    yield apart
    apart.close()


@pytest.fixture
async def note(database):
    """A table with one column, and what it holds."""
    await database.execute("CREATE TABLE note (words text)")

    async def read():
        return [row["words"] for row in await database.fetch("SELECT words FROM note ORDER BY 1")]

    return read


@pytest.fixture
def lent(database):
    return LentDatabase(database)


async def write(database, words):
    await database.execute("INSERT INTO note VALUES ($1)", words)


class Beat:
    """The longest time during which the server's loop could do nothing else."""

    async def __aenter__(self):
        self.longest = 0.0
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_):
        self._task.cancel()

    async def _beat(self):
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.perf_counter() - started)


def blocks():
    time.sleep(4)


def spins():
    until = time.perf_counter() + 30
    while time.perf_counter() < until:
        pass


@pytest.mark.parametrize("way", [blocks, spins])
async def test_a_coroutine_that_blocks_is_given_up_in_time_and_holds_nobody_up(apart, way):
    async def call():
        way()

    async with Beat() as beat:
        started = time.perf_counter()
        with pytest.raises(TooLate):
            await apart.run("stuck", call, LIMIT)
        assert await apart.run("other", lambda: "well", 2) == "well"
        assert await apart.run("stuck", lambda: "well", 2) == "well"
        assert time.perf_counter() - started < 3
    assert beat.longest < 2


async def test_code_that_turns_for_ever_is_interrupted_and_its_plugin_asked_again(apart):
    def call():
        while True:
            pass

    for _ in range(2 * MOST_LATE):
        with pytest.raises(TooLate):
            await apart.run("stuck", call, LIMIT)
        await asyncio.sleep(0.1)
    assert await apart.run("stuck", lambda: "well", 2) == "well"


async def test_a_call_does_not_wait_behind_one_that_blocks(apart):
    release = threading.Event()

    async def call():
        return release.wait(5)

    blocked = [asyncio.create_task(apart.run("p", call, 5)) for _ in range(3)]
    await asyncio.sleep(0.01)
    started = time.perf_counter()
    assert await apart.run("p", lambda: "well", 5) == "well"
    assert time.perf_counter() - started < 3
    release.set()
    assert await asyncio.gather(*blocked) == [True] * 3


async def test_coroutines_of_one_plugin_share_its_thread_and_its_loop(apart):
    async def call():
        await asyncio.sleep(0)
        return threading.get_ident(), asyncio.get_running_loop()

    one, other = [await apart.run("p", call, 2) for _ in range(2)]
    assert one == other
    assert one[0] != threading.get_ident()
    assert (await apart.run("q", call, 2))[0] != one[0]


async def test_a_plugin_reads_and_writes_in_the_transaction_of_who_asks(
    apart, lent, database, note
):
    async def call():
        await write(lent, "plugin")
        return await lent.fetch_value("SELECT count(*) FROM note")

    with pytest.raises(LookupError):
        async with database.atomic():
            await write(database, "core")
            assert await apart.run("p", call, 2) == 2
            assert await database.fetch_value("SELECT count(*) FROM note") == 2
            raise LookupError
    assert await note() == []


async def test_a_transaction_of_the_plugin_in_that_of_the_core_is_a_savepoint(
    apart, lent, database, note
):
    async def call():
        await write(lent, "a")
        try:
            async with lent.atomic() as connection:
                assert lent.in_transaction
                await connection.execute("INSERT INTO note VALUES ('undone')")
                raise Refused("no")
        except Refused:
            pass
        assert not lent.in_transaction
        async with lent.atomic():
            await write(lent, "b")

    async with database.atomic():
        await apart.run("p", call, 2)
    assert await note() == ["a", "b"]


async def test_tasks_of_a_plugin_have_transactions_of_their_own(apart, lent, database, note):
    together = asyncio.Barrier(3)

    async def one(words):
        async with lent.atomic():
            await write(lent, words)
            assert await lent.fetch_value("SELECT count(*) FROM note") == 1
            await together.wait()
            if words == "c":
                raise LookupError

    async def call():
        return await asyncio.gather(*map(one, "abc"), return_exceptions=True)

    ends = await apart.run("p", call, 5)
    assert [type(end) for end in ends] == [type(None), type(None), LookupError]
    assert await note() == ["a", "b"]


@pytest.mark.parametrize("way", [blocks, lambda: None])
async def test_what_an_abandoned_call_left_open_is_rolled_back(apart, lent, database, note, way):
    async def call():
        async with lent.atomic():
            await write(lent, "never")
            way()
            await asyncio.Event().wait()

    for number in range(12):  # more than the pool has connections
        with pytest.raises((TooLate, RuntimeError)):
            await apart.run(f"p{number}", call, 0.01 if number else LIMIT)
    assert await note() == []
    async with asyncio.timeout(2):
        await database.execute("TRUNCATE note")  # waits for whoever still writes in it


async def test_an_abandoned_call_can_ask_for_nothing_more(apart, lent, database, note):
    release, ended = threading.Event(), []

    async def call():
        release.wait(5)
        try:
            await write(lent, "too late")
        except PluginError as error:
            ended.append(str(error))

    async with database.atomic():
        with pytest.raises(TooLate):
            await apart.run("p", call, LIMIT)
        await write(database, "core")
    release.set()
    await asyncio.sleep(0.2)
    assert await note() == ["core"]


async def test_what_a_plugin_gives_up_waiting_for_is_cancelled_without_its_asker(
    apart, lent, database
):
    async def call():
        try:
            async with asyncio.timeout(0.05):
                await lent.execute("SELECT pg_sleep(5)")
        except TimeoutError:
            return await lent.fetch_value("SELECT 1")

    started = time.perf_counter()
    assert await apart.run("p", call, 4) == 1
    assert time.perf_counter() - started < 3


async def test_a_cancelled_call_may_clean_up(apart, lent, note):
    async def call():
        try:
            await asyncio.Event().wait()
        finally:
            await write(lent, "cleaned up")

    with pytest.raises(TooLate):
        await apart.run("p", call, LIMIT)
    assert await note() == ["cleaned up"]


async def test_a_cancelled_asker_stays_cancelled_and_cancels_the_plugin(apart, lent, database):
    ends = []

    async def call():
        try:
            await lent.execute("SELECT pg_sleep(5)")
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    asking = asyncio.create_task(apart.run("p", call, 10))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ends == ["cancelled"]
    assert await database.fetch_value("SELECT 1") == 1


async def test_what_a_call_leaves_running_ends_with_it(apart, lent):
    left = []

    async def call():
        left.append(asyncio.create_task(asyncio.Event().wait()))
        await asyncio.sleep(0)
        return "well"

    assert await apart.run("p", call, 2) == "well"
    for _ in range(100):
        if left[0].done():
            break
        await asyncio.sleep(0.01)
    assert left[0].cancelled()


async def test_a_task_that_ends_the_program_ends_a_turn_of_the_plugins_loop_only(apart):
    async def leaves():
        raise SystemExit(3)

    async def call():
        task = asyncio.create_task(leaves())
        await asyncio.sleep(0.01)
        return task.done()

    assert await apart.run("p", call, 2) is True
    with pytest.raises(RuntimeError, match="tried to end the program"):
        await apart.run("p", leaves, 2)
    with pytest.raises(RuntimeError, match="cancelled itself"):
        await apart.run("p", lambda: asyncio.current_task().cancel() and asyncio.sleep(0), 2)
    assert await apart.run("p", lambda: "well", 2) == "well"


async def test_the_language_of_the_plugin_goes_with_what_it_asks_for(apart):
    async def read():
        return current_locale()

    async def call():
        with use_locale("en"):
            return await at_home(read), await asyncio.create_task(at_home(read))

    assert await apart.run("p", call, 2) == ("en", "en")
    assert current_locale() == "fr"


async def test_a_context_manager_is_left_in_the_end_even_when_entering_it_was_not_waited_for(apart):
    steps = []

    class Slow:
        async def __aenter__(self):
            await asyncio.sleep(0.05)
            steps.append("entered")

        async def __aexit__(self, *_):
            steps.append("left")

    async def call():
        try:
            async with asyncio.timeout(0.01), opened_at_home(Slow):
                pass
        except TimeoutError:
            return "gave up"

    assert await apart.run("p", call, 2) == "gave up"
    assert steps in ([], ["entered", "left"])


async def test_services_that_wait_are_asked_at_home_and_piccolo_reads_through_them(
    platform, database
):
    home = asyncio.get_running_loop()

    class Services:
        database = platform.db
        public_url = "https://example.org"

        async def list_advisors(self, structure_ids):
            return asyncio.get_running_loop() is home

    services = lend(Services())

    async def call():
        assert asyncio.get_running_loop() is not home
        one = await current_database().fetch_value("SELECT 1")
        return services.public_url, await services.list_advisors(()), one

    outcome = await platform.dispatch.ask("p", "job", call, tuple[str, bool, int])
    assert outcome.value == ("https://example.org", True, 1)


async def test_a_stream_is_written_as_it_is_read_and_says_where_it_broke():
    dispatch, written = Dispatcher(timeout_seconds=1), []

    async def pieces(count, end):
        for number in range(count):
            written.append(number)
            yield str(number).encode()
        if end:
            raise end

    async def stream(count, end=None, expected=bytes):
        outcome = await dispatch.stream(
            "p", "exporter", lambda: pieces(count, end), expected, timeout_seconds=1
        )
        return outcome.problem, outcome.value and [piece async for piece in outcome.value]

    assert await stream(3) == ("", [b"0", b"1", b"2"])
    assert await stream(0) == ("", [])
    assert await stream(0, LookupError("no")) == ("LookupError: no", None)
    assert "something else than expected" in (await stream(1, expected=int))[0]
    with pytest.raises(PluginError, match="half way"):
        await stream(2, OSError("half way"))
    written.clear()
    outcome = await dispatch.stream(
        "p", "exporter", lambda: pieces(99, None), bytes, timeout_seconds=1
    )
    assert await anext(outcome.value) == b"0"
    await outcome.value.aclose()
    await asyncio.sleep(0.05)
    assert len(written) < 9
    dispatch.close()


async def test_the_threads_end_with_the_application_or_with_its_loop():
    def threads():
        return [one for one in threading.enumerate() if one.name == "plugin-passing"]

    apart = Apart()
    await apart.run("passing", lambda: None, 2)
    (thread,) = threads()
    apart.close()
    await asyncio.to_thread(thread.join, 2)
    assert threads() == []
    await asyncio.to_thread(asyncio.run, apart.run("passing", lambda: None, 2))
    for thread in threads():
        await asyncio.to_thread(thread.join, 4)
    assert threads() == []


async def test_the_threads_end_with_the_platform_that_had_them():
    apart = Apart()
    assert await apart.run("small", lambda: 1, 1) == 1
    thread = apart._present["small"]._thread
    assert thread.is_alive()
    del apart
    gc.collect()
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()
