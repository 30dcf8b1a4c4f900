"""Calls that leave together: nobody's answer is another's, nobody's failure is another's, nobody holds up the road."""

import asyncio

import asyncpg
import pytest

from core.storage import convoys
from core.storage.convoys import Convoy


class Road:
    """Carries loads when `go` is set, answers each call with itself, and refuses a load that has "bad" in it."""

    def __init__(self):
        self.loads = []
        self.left = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def carry(self, calls):
        self.loads.append(list(calls))
        self.left.set()
        await self.go.wait()
        if "bad" in calls:
            raise asyncpg.DataError("bad")
        if "gone" in calls:
            raise OSError("gone")
        return [f"answer to {call}" for call in calls]


@pytest.fixture
def road():
    return Road()


async def underway(convoy, road, call):
    """A load of one call that has left and is held up."""
    road.go.clear()
    task = asyncio.create_task(convoy.ask(call))
    await road.left.wait()
    road.left.clear()
    return task


async def test_who_comes_alone_leaves_at_once(road):
    convoy = Convoy(road.carry)
    for call in ("one", "two"):
        assert await convoy.ask(call) == f"answer to {call}"
    assert road.loads == [["one"], ["two"]]


async def test_who_comes_meanwhile_leaves_together_and_each_has_the_answer_of_its_own(road):
    convoy = Convoy(road.carry)
    first = await underway(convoy, road, "first")
    later = [asyncio.create_task(convoy.ask(number)) for number in range(70)]
    await asyncio.sleep(0)
    road.go.set()
    assert await asyncio.gather(*later) == [f"answer to {number}" for number in range(70)]
    assert await first == "answer to first"
    assert [len(load) for load in road.loads] == [1, 32, 32, 6]


async def test_a_refused_load_goes_again_one_by_one_and_only_the_bad_call_fails(road):
    convoy = Convoy(road.carry)
    answers = await asyncio.gather(
        *(convoy.ask(call) for call in ("a", "bad", "b")), return_exceptions=True
    )
    assert answers[::2] == ["answer to a", "answer to b"]
    assert isinstance(answers[1], asyncpg.DataError)
    assert sorted(map(len, road.loads)) == [1, 1, 1, 3]


async def test_a_lost_database_is_told_to_everyone_and_asked_once(road):
    convoy = Convoy(road.carry)
    answers = await asyncio.gather(
        *(convoy.ask(call) for call in ("a", "gone")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [OSError, OSError]
    assert road.loads == [["a", "gone"]]
    assert await convoy.ask("back") == "answer to back"


async def test_a_load_that_waits_for_somebody_does_not_close_the_road(road):
    convoy = Convoy(road.carry)
    held_up = await underway(convoy, road, "held up")
    behind = asyncio.create_task(convoy.ask("behind"))
    await road.left.wait()
    assert not held_up.done()
    road.go.set()
    assert (await held_up, await behind) == ("answer to held up", "answer to behind")


async def test_a_caller_who_goes_away_leaves_the_others_their_answers(road):
    convoy = Convoy(road.carry)
    first = await underway(convoy, road, "first")
    gone, stays = (asyncio.create_task(convoy.ask(call)) for call in ("gone away", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    road.go.set()
    assert await stays == "answer to stays"
    assert gone.cancelled() or gone.cancelling()
    await first


async def test_a_load_waits_for_as_many_as_left_before_and_no_longer(road, monkeypatch):
    monkeypatch.setattr(convoys, "_GATHERING", 60)
    convoy = Convoy(road.carry)
    await asyncio.gather(*(convoy.ask(call) for call in "abc"))
    second = [asyncio.create_task(convoy.ask(call)) for call in "de"]
    await asyncio.sleep(0.01)
    assert road.loads == [["a", "b", "c"]]
    async with asyncio.timeout(10):
        await asyncio.gather(*second, convoy.ask("f"))
        monkeypatch.setattr(convoys, "_GATHERING", 0.01)
        await convoy.ask("g")
    assert road.loads == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


async def test_what_answers_too_few_is_an_error_for_those_without_an_answer():
    async def carry(calls):
        return calls[:1]

    convoy = Convoy(carry)
    found = await asyncio.gather(*(convoy.ask(call) for call in "ab"), return_exceptions=True)
    assert found[0] == "a"
    assert isinstance(found[1], ValueError)


async def test_who_ends_the_work_under_way_leaves_nobody_waiting(road):
    convoy = Convoy(road.carry)
    caller = await underway(convoy, road, "first")
    (leaving,) = [task for task in asyncio.all_tasks() if "Convoy._leave" in repr(task.get_coro())]
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(caller, 1)
