"""Free slots against a bitmap of minutes, across both changes of clock."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda.free import BusyMap, FreeSlot, Offer, free_slots, held_together
from core.contracts.agenda import BusyTime, OpenTime

ADVISOR = UUID(int=1)
SITES = (None, UUID(int=2), UUID(int=3))
MINUTE = timedelta(minutes=1)
DAWNS = [datetime.fromisoformat(day) for day in ("2027-03-27T20:00Z", "2027-10-30T20:00Z")]
SPAN = 24 * 60

spans = st.tuples(st.integers(0, SPAN), st.integers(-10, 300))


@st.composite
def stretches(draw):
    start, length = draw(spans)
    return (
        start,
        max(start + length, start),
        draw(st.sampled_from(SITES)),
        draw(st.sets(st.sampled_from(["phone", "video", "in_person"]), min_size=1)),
        draw(st.sampled_from([None, 15, 45, 60])),
    )


def offer(dawn, number, start, end, site, channels, length):
    return Offer(
        provider="essai",
        open=OpenTime(
            advisor_id=ADVISOR,
            starts_at=dawn + start * MINUTE,
            ends_at=dawn + end * MINUTE,
            channels=tuple(channels),
            site_id=site,
            source=f"{number:03d}",
            slot_minutes=length,
        ),
    )


def busy_time(dawn, start, length):
    return BusyTime(
        advisor_id=ADVISOR,
        starts_at=dawn + start * MINUTE,
        ends_at=dawn + (start + length) * MINUTE,
    )


@given(
    dawn=st.sampled_from(DAWNS),
    open_=st.lists(stretches(), max_size=5),
    busy=st.lists(spans, max_size=8),
    step=st.sampled_from([0, 5, 20, 60, 75]),
    pause=st.sampled_from([0, 15, 90]),
)
def test_free_slots_are_those_of_a_bitmap_of_minutes(dawn, open_, busy, step, pause):
    taken = set()
    for start, length in busy:
        taken |= set(range(start, start + length))
    expected = {}
    by_start = sorted(enumerate(open_), key=lambda pair: (pair[1][0], pair[0]))
    for number, (start, end, site, channels, own_length) in by_start:
        length = own_length or 60
        for begin in range(start, end - length + 1, step or length):
            if not taken & set(range(begin, begin + length + pause)):
                kept = expected.setdefault(begin, (length, site, number, set()))
                if kept[0] == length and kept[1] == site:
                    kept[3].update(channels)
    offers = [offer(dawn, number, *one) for number, one in enumerate(open_)]
    random.shuffle(offers)
    times = [busy_time(dawn, *one) for one in busy]
    found = free_slots(offers, times, 60, step_minutes=step, buffer_minutes=pause)
    assert [
        (
            (slot.starts_at - dawn) // MINUTE,
            (slot.ends_at - slot.starts_at) // MINUTE,
            slot.site_id,
            slot.source,
            slot.channels,
        )
        for slot in found
    ] == [
        (begin, length, site, f"{number:03d}", tuple(sorted(channels)))
        for begin, (length, site, number, channels) in sorted(expected.items())
    ]


@given(busy=st.lists(spans, max_size=12), start=st.integers(0, SPAN), length=st.integers(1, 240))
def test_the_order_of_busy_time_does_not_matter(busy, start, length):
    dawn = DAWNS[0]
    minutes = {minute for first, long in busy for minute in range(first, first + long)}
    free = not minutes & set(range(start, start + length))
    times = [busy_time(dawn, *one) for one in busy]
    for order in (times, times[::-1]):
        assert (
            BusyMap(order).is_free(dawn + start * MINUTE, dawn + (start + length) * MINUTE) is free
        )


@given(
    spans=st.dictionaries(st.integers(0, 300), st.sampled_from([15, 45, 60, 90]), max_size=9),
    pause=st.sampled_from([0, 15, 40]),
)
def test_as_many_slots_are_counted_as_anyone_could_hold(spans, pause):
    slots = [
        FreeSlot(
            starts_at=DAWNS[0] + start * MINUTE,
            ends_at=DAWNS[0] + (start + length) * MINUTE,
            site_id=None,
            channels=("phone",),
            provider="essai",
            source="",
        )
        for start, length in spans.items()
    ]

    def most(after):
        """The most of those that begin from a minute on: each is tried as the first."""
        return max(
            (1 + most(start + spans[start] + pause) for start in spans if start >= after),
            default=0,
        )

    chosen = sorted((start - DAWNS[0]) // MINUTE for start in held_together(slots, pause))
    assert len(chosen) == most(0)
    assert all(a + spans[a] + pause <= b for a, b in itertools.pairwise(chosen))


def slots(open_, busy, **terms):
    dawn = datetime(2027, 2, 2, tzinfo=UTC)
    found = free_slots(
        [offer(dawn, 0, start * 60, end * 60, None, {"phone"}, None) for start, end in open_],
        [busy_time(dawn, start, end - start) for start, end in busy],
        60,
        **terms,
    )
    return [slot.starts_at.hour + slot.starts_at.minute / 60 for slot in found]


@pytest.mark.parametrize(
    ("busy", "left"),
    [
        ([(9 * 60, 10 * 60), (9 * 60 + 15, 9 * 60 + 45)], [10]),  # S06: nested
        ([(8 * 60, 9 * 60)], [9, 10]),  # S08: touching before
        ([(11 * 60, 12 * 60)], [9, 10]),  # and after
        ([(9 * 60 + 15, 9 * 60 + 30)], [10]),  # a quarter of an hour does not shift the grid
        ([(9 * 60 + 30, 9 * 60 + 30)], [9, 10]),  # empty
        ([(10 * 60, 9 * 60)], [9, 10]),  # inside out
        ([(0, SPAN)], []),
    ],
)
def test_busy_time_takes_slots_and_never_shifts_the_grid(busy, left):
    assert slots([(9, 11)], busy) == left


@pytest.mark.parametrize(
    ("terms", "busy", "left"),
    [
        ({"step_minutes": 30}, [], [9, 9.5, 10, 10.5, 11]),
        ({"step_minutes": 75}, [], [9, 10.25]),
        ({"step_minutes": 30}, [(10 * 60, 10 * 60 + 15)], [9, 10.5, 11]),  # the grid stays
        (
            {"buffer_minutes": 15},
            [],
            [9, 10, 11],
        ),  # the last pause is past the end, on the advisor's own time
        ({"buffer_minutes": 15}, [(12 * 60, 13 * 60)], [9, 10]),  # no pause before what follows
        ({"buffer_minutes": 15}, [(11 * 60 + 15, 13 * 60)], [9, 10]),  # touching it is enough
        ({"buffer_minutes": 15}, [(8 * 60, 9 * 60)], [9, 10, 11]),  # nobody asks for one before
    ],
)
def test_the_step_moves_the_starts_and_the_pause_must_be_free(terms, busy, left):
    assert slots([(9, 12)], busy, **terms) == left
