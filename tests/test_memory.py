"""The short memory: one answer for all who ask at once, never a failure, nothing after a write."""

import asyncio

import pytest

from core.memory import Memory
from core.testing.factories import form_token


class Source:
    """Counts how often it is asked."""

    def __init__(self):
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self):
        self.asked += 1
        mine = self.asked
        await self.gate.wait()
        return mine


async def test_an_answer_serves_until_it_is_too_old():
    memory, source = Memory(0.05), Source()
    assert [await memory.get("a", source) for _ in range(3)] == [1, 1, 1]
    await asyncio.sleep(0.11)
    assert await memory.get("a", source) == 2


async def test_who_asks_while_an_old_answer_is_worked_out_again_gets_the_old_one_for_as_long_again_at_most():
    memory, source = Memory(0.1), Source()
    assert await memory.get("a", source) == 1
    await asyncio.sleep(0.11)
    source.gate.clear()
    assert [await memory.get("a", source) for _ in range(3)] == [1, 1, 1]
    await asyncio.sleep(0.1)
    waiting = asyncio.create_task(memory.get("a", source))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    source.gate.set()
    assert (await waiting, source.asked) == (2, 2)


async def test_a_write_is_seen_by_who_asks_after_it_even_while_an_older_answer_is_worked_out():
    memory, source = Memory(60), Source()
    source.gate.clear()
    early = asyncio.create_task(memory.get("a", source))
    await asyncio.sleep(0)
    memory.forget()
    late = asyncio.create_task(memory.get("a", source))
    await asyncio.sleep(0)
    source.gate.set()
    assert (await early, await late) == (1, 2)
    assert await memory.get("a", source) == 2


async def test_those_who_ask_at_once_wait_for_one_answer_and_one_who_leaves_takes_it_from_nobody():
    memory, source = Memory(60), Source()
    source.gate.clear()
    readers = [asyncio.create_task(memory.get("a", source)) for _ in range(5)]
    await asyncio.sleep(0)
    readers[0].cancel()
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*readers[1:]) == [1, 1, 1, 1]


async def test_a_failure_is_told_and_not_kept():
    memory = Memory(60)

    async def fail():
        raise LookupError("away")

    with pytest.raises(LookupError):
        await memory.get("a", fail)
    assert await memory.get("a", Source()) == 1


async def test_zero_seconds_keep_nothing():
    memory, source = Memory(0), Source()
    assert [await memory.get("a", source) for _ in range(2)] == [1, 2]


async def test_a_page_of_the_same_process_shows_what_was_just_written(platform, client):
    platform.memory = Memory(60)
    source = Source()
    await platform.memory.get("a", source)
    await client.get("/recherche")
    assert await platform.memory.get("a", source) == 1
    await client.post("/langue", data={"locale": "fr"})  # refused: no form token
    assert await platform.memory.get("a", source) == 1
    await client.post("/langue", data={"locale": "fr", "_csrf_token": await form_token(client)})
    assert await platform.memory.get("a", source) == 2


async def test_reference_data_outlives_writes():
    memory, source = Memory(60), Source()
    assert await memory.reference("a", source) == 1
    memory.forget()
    assert await memory.reference("a", source) == 1


async def test_an_answer_that_turns_out_as_it_was_stays_the_same_object():
    memory, answers = Memory(60), iter([[1], [1], [2], [2]])

    async def read():
        return next(answers)

    found = []
    for _ in range(4):
        found.append(await memory.get("a", read))
        memory.forget()
    first, second, third, fourth = found
    assert first is second
    assert third is fourth
    assert third == [2]


async def test_a_failure_is_no_answer_to_stay_with():
    memory = Memory(60)

    async def fail():
        raise LookupError("away")

    with pytest.raises(LookupError):
        await memory.get("a", fail)
    memory.forget()
    assert await memory.get("a", Source()) == 1


async def test_what_is_made_of_an_answer_is_made_again_when_it_changes_only():
    memory, source = Memory(1), Source()
    assert [await memory.latest("a", [1], source) for _ in range(2)] == [1, 1]
    memory.forget()
    assert await memory.latest("a", [1], source) == 1
    assert await memory.latest("a", [2], source) == 2
    assert await memory.latest("b", [2], source) == 3
