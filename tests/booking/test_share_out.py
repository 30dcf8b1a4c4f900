"""Held against every way to share out, on small cases."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.booking.share_out import Orphan, share_out

NINE = datetime(2027, 2, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = [UUID(int=number) for number in range(1, 4)]


def orphan(number: int, start: datetime = NINE, loads: Mapping[UUID, int] | None = None) -> Orphan:
    return Orphan(
        id=UUID(int=100 + number), starts_at=start, busy_until=start + HOUR, loads=loads or {}
    )


orphans = st.lists(
    st.tuples(
        st.sampled_from([NINE, NINE + HOUR / 2, NINE + HOUR]),
        st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 3)),
    ),
    max_size=5,
).map(lambda rows: [orphan(n, start, loads) for n, (start, loads) in enumerate(rows)])


@given(orphans)
def test_nobody_gets_two_at_one_time_nor_one_that_is_not_for_them(cases):
    by_id = {one.id: one for one in cases}
    taken = share_out(cases)
    for id_, person in taken.items():
        assert person in by_id[id_].loads
        for other_id, other in taken.items():
            if other == person and other_id != id_:
                one, two = by_id[id_], by_id[other_id]
                assert one.busy_until <= two.starts_at or two.busy_until <= one.starts_at


@given(
    st.lists(st.sets(st.sampled_from(PEOPLE)), max_size=4).map(
        lambda rows: [orphan(n, NINE, dict.fromkeys(people, 0)) for n, people in enumerate(rows)]
    )
)
def test_of_one_hour_as_many_find_someone_as_possible(cases):
    ways = ([p for p in way if p] for way in product(*([None, *one.loads] for one in cases)))
    best = max(len(way) for way in ways if len(set(way)) == len(way))
    assert len(share_out(cases)) == best


def test_who_has_least_takes_first_and_what_is_given_counts():
    first, second, third = PEOPLE
    loads = {first: 2, second: 1, third: 5}
    hours = [orphan(n, NINE + n * HOUR, loads) for n in range(4)]
    assert list(share_out(hours).values()) == [second, first, second, first]
