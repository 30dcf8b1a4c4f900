"""Calls into plugins end in time, with a value or a reason; never with an exception of theirs."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from core.contracts.agenda import BusyAnswer
from core.contracts.booking import RuleRefusal
from core.extension.apart import MOST_LATE
from core.extension.dispatch import CALLS, Dispatcher
from core.web.i18n import current_locale, use_locale


@pytest.fixture
def dispatch():
    return Dispatcher(timeout_seconds=0.05)


async def test_an_answer_of_the_right_type_is_passed_on(dispatch):
    async def answers():
        return BusyAnswer()

    outcome = await dispatch.ask("p", "busy_source", answers, BusyAnswer)
    assert (outcome.ok, outcome.value) == (True, BusyAnswer())


async def test_a_synchronous_capability_is_asked_the_same_way(dispatch):
    refusal = RuleRefusal(rule="p:rule", message="Non.")
    outcome = await dispatch.ask("p", "rule", lambda: [refusal], Sequence[RuleRefusal])
    assert list(outcome.value) == [refusal]


async def test_an_exception_is_a_reason(dispatch):
    async def raises():
        raise LookupError("no such calendar")

    outcome = await dispatch.ask("p", "busy_source", raises, BusyAnswer)
    assert (outcome.ok, outcome.value) == (False, None)
    assert outcome.problem == "LookupError: no such calendar"


@pytest.mark.parametrize("nonsense", [None, "later", 42, {"busy": 3}, object(), [BusyAnswer()]])
async def test_nonsense_is_a_reason(dispatch, nonsense):
    async def answers():
        return nonsense

    outcome = await dispatch.ask("p", "busy_source", answers, BusyAnswer)
    assert not outcome.ok
    assert "something else than expected" in outcome.problem


async def test_one_wrong_item_in_a_list_spoils_the_answer(dispatch):
    outcome = await dispatch.ask(
        "p", "rule", lambda: [RuleRefusal(rule="r", message="m"), 7], list[RuleRefusal]
    )
    assert not outcome.ok


async def test_a_coroutine_that_hangs_is_ended_and_cancelled(dispatch):
    ended = asyncio.Event()

    async def hangs():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    outcome = await asyncio.wait_for(dispatch.ask("p", "channel", hangs, None), 5)
    assert "no answer within 0.05 s" in outcome.problem
    assert ended.is_set()


async def test_code_that_never_returns_stops_nobody_else_and_is_soon_not_asked_any_more(dispatch):
    release = threading.Event()

    async def ask(plugin_id="stuck", call=release.wait):
        return await dispatch.ask(plugin_id, "interview_channel", call, bool)

    try:
        problems = [(await ask()).problem for _ in range(MOST_LATE + 1)]
        assert problems == [
            *["no answer within 0.05 s"] * MOST_LATE,
            "RuntimeError: still busy with earlier calls",
        ]
        assert (await ask("other", lambda: True)).value is True
    finally:
        release.set()
    for _ in range(100):
        if (await ask()).ok:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the plugin was never asked again")


async def test_plugin_code_sees_the_language_of_who_asks(dispatch):
    with use_locale("en"):
        outcome = await dispatch.ask("p", "rule", current_locale, str)
    assert outcome.value == "en"


async def test_a_plugin_that_exits_the_program_does_not(dispatch):
    def leaves():
        raise SystemExit(1)

    outcome = await dispatch.ask("p", "rule", leaves, None)
    assert "tried to end the program" in outcome.problem


async def test_a_capability_may_have_a_time_limit_of_its_own(dispatch):
    async def slow():
        await asyncio.sleep(0.1)

    assert (await dispatch.ask("p", "job", slow, None, timeout_seconds=5)).ok


async def test_a_cancelled_request_stays_cancelled(dispatch):
    started = asyncio.Event()

    async def hangs():
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(
        dispatch.ask("p", "channel", hangs, None, timeout_seconds=60),
    )
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_each_call_is_counted_by_plugin_capability_and_outcome(dispatch):
    def count(outcome):
        return CALLS.labels("counted", "rule", outcome)._sum.get()

    def raises():
        raise ValueError

    assert count("failed") == 0
    await dispatch.ask("counted", "rule", raises, None)
    await dispatch.ask("counted", "rule", lambda: None, None)
    assert count("failed") > 0
    assert count("answered") > 0
