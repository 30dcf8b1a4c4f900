from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars.following import LONGEST_WAIT, Followed, wait
from core.calendars.keeping import each_apart

NOW = datetime(2027, 2, 1, tzinfo=UTC)
pauses = st.integers(min_value=2, max_value=240).map(lambda count: timedelta(minutes=count))


@given(pauses, st.integers(min_value=0, max_value=30), st.text(max_size=8))
def test_a_wait_doubles_up_to_an_hour_with_a_share_of_chance_that_is_always_the_same(
    pause, failures, seed
):
    wanted = min(pause * 2 ** max(failures - 1, 0), max(LONGEST_WAIT, pause))
    found = wait(pause, failures, seed)
    assert abs(found - wanted) <= wanted * 0.15 + timedelta(microseconds=1)
    assert found == wait(pause, failures, seed)


def test_calendars_that_fail_together_do_not_come_back_together():
    found = {wait(timedelta(minutes=10), 3, str(number)) for number in range(100)}
    assert len(found) == 100
    assert max(found) - min(found) > timedelta(minutes=8)


@given(
    st.integers(min_value=0, max_value=100), st.integers(min_value=1, max_value=72), st.booleans()
)
def test_what_is_older_than_it_may_be_is_closed_whatever_the_last_reading_said(age, most, failed):
    followed = Followed(
        due_at=NOW,
        succeeded_at=NOW - timedelta(hours=age),
        failures=int(failed),
        problem="en panne" if failed else "",
        is_closed=False,
    )
    state = followed.state(timedelta(hours=most), NOW)
    assert state == ("closed" if age > most else "failing" if failed else "ok")


async def test_one_that_raises_holds_none_of_the_others_back_and_is_told_at_the_end():
    done = []

    async def work(item: int) -> None:
        if item == 1:
            raise ValueError(item)
        done.append(item)

    with pytest.raises(ValueError, match="1"):
        await each_apart(range(4), work, side_by_side=2)
    assert done == [0, 2, 3]
