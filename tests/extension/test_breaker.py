"""The breaker: three failures in a row, a pause that doubles, one try, and per structure."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.extension import dispatch as dispatching
from core.extension.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, WELL, Breaker
from core.extension.dispatch import Dispatcher
from core.extension.policies import POLICIES

BREAKING = "page_block"


def after(failures, now=0.0):
    breaker = WELL
    for _ in range(failures):
        breaker = breaker.failed(now)
    return breaker


@given(st.integers(0, FAILURES - 1), st.floats(0, 1e6))
def test_a_few_failures_shut_nothing(failures, now):
    assert after(failures).allows(now)


@given(st.integers(FAILURES, 40))
def test_each_failure_more_doubles_the_pause_up_to_the_longest(failures):
    pause = after(failures).pause
    assert pause == min(FIRST_PAUSE * 2 ** (failures - FAILURES), LONGEST_PAUSE)
    assert not after(failures).allows(pause - 0.001)
    assert after(failures).allows(pause)


def test_while_one_tries_the_others_pass_by():
    breaker = after(FAILURES)
    trying = breaker.asked(FIRST_PAUSE)
    assert breaker.allows(FIRST_PAUSE)
    assert not trying.allows(FIRST_PAUSE + 1)
    assert Breaker().asked(5.0) is not None
    assert after(1).asked(5.0).allows(5.0)


async def test_a_plugin_that_keeps_failing_is_left_alone_for_that_structure_only(monkeypatch):
    dispatch, asked, now = Dispatcher(timeout_seconds=1), [], [100.0]
    monkeypatch.setattr(dispatching.time, "perf_counter", lambda: now[0])
    one, other = uuid4(), uuid4()

    async def ask(structure, answer=None):
        async def call():
            asked.append(structure)
            if answer is None:
                raise OSError("away")
            return answer

        return await dispatch.ask("p", BREAKING, call, str, structure_id=structure)

    for _ in range(FAILURES + 2):
        outcome = await ask(one)
    assert outcome.problem == "left alone: it failed again and again"
    assert len(asked) == FAILURES
    assert (await ask(other, "well")).ok
    assert dispatch.open_circuits() == [("p", BREAKING, one)]
    assert dispatch.tallies["p", BREAKING].skipped == 2
    now[0] += FIRST_PAUSE
    assert (await ask(one, "well again")).ok
    assert dispatch.open_circuits() == []
    assert (await ask(one, "still well")).ok


async def test_what_is_tried_again_later_is_never_left_alone():
    dispatch, asked = Dispatcher(timeout_seconds=1), []

    def call():
        asked.append(1)
        raise OSError("away")

    for capability, policy in POLICIES.items():
        if policy.breaks:
            continue
        asked.clear()
        for _ in range(FAILURES + 3):
            await dispatch.ask("p", capability, call, str)
        assert len(asked) == FAILURES + 3, capability
