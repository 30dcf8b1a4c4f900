"""Where things stand in a day: the clock on the wall, lanes, the hours that are drawn."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.agenda.layout import Span, on_wall, shown_hours, side_by_side
from core.clock import PARIS

MINUTE = timedelta(minutes=1)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
SPANS = st.builds(
    lambda first, length: Span(first=first * 5, last=min(first * 5 + length * 5, 1440)),
    st.integers(0, 287),
    st.integers(1, 200),
)


def wall(day, start, end):
    """From one (hour, minute) of a day's wall to another."""
    return on_wall(
        day,
        datetime(day.year, day.month, day.day, *start, tzinfo=PARIS),
        datetime(day.year, day.month, day.day, *end, tzinfo=PARIS),
        PARIS,
    )


def at(day, *, start, minutes):
    """So many real minutes from an instant in UTC."""
    begins = datetime.combine(day, datetime.min.time(), UTC) + start * MINUTE
    return on_wall(day, begins, begins + minutes * MINUTE, PARIS)


def test_an_hour_stands_where_the_wall_shows_it_in_winter_and_in_summer():
    for day in (date(2027, 3, 22), date(2027, 4, 5)):
        span = wall(day, (10, 0), (11, 0))
        assert (span.first, span.last) == (600, 660)


def test_steps_of_five_minutes_hold_what_begins_and_ends_between_them():
    span = wall(date(2027, 2, 2), (10, 3), (10, 21))
    assert (span.first, span.last) == (600, 625)


def test_what_lasts_over_midnight_has_a_part_on_each_day():
    start, end = datetime(2027, 2, 2, 22, tzinfo=PARIS), datetime(2027, 2, 4, 6, tzinfo=PARIS)
    parts = [on_wall(date(2027, 2, day), start, end, PARIS) for day in range(1, 6)]
    assert [part and (part.first, part.last) for part in parts] == [
        None,
        (1320, 1440),
        (0, 1440),
        (0, 360),
        None,
    ]
    assert parts[2].whole


def test_what_ends_at_midnight_is_not_of_the_morrow():
    start, end = datetime(2027, 2, 2, 22, tzinfo=PARIS), datetime(2027, 2, 3, tzinfo=PARIS)
    assert on_wall(date(2027, 2, 2), start, end, PARIS).last == 1440
    assert on_wall(date(2027, 2, 3), start, end, PARIS) is None


def test_the_hour_that_clocks_jump_over_is_drawn_and_lasts_as_the_wall_says():
    # Sunday 28 March 2027: 01:30 to 03:30 on the wall is one real hour.
    span = at(date(2027, 3, 28), start=30, minutes=60)
    assert (span.first, span.last) == (90, 210)


def test_when_clocks_go_back_what_ends_earlier_on_the_wall_is_as_long_as_it_lasts():
    # Sunday 31 October 2027: 02:30 summer time to 02:15 winter time, three quarters of an hour later.
    span = at(date(2027, 10, 31), start=30, minutes=45)
    assert (span.first, span.last) == (150, 195)


@given(DAYS, st.integers(-2000, 3000), st.integers(1, 5000))
def test_a_stretch_has_a_part_on_a_day_when_it_touches_it(day, start, minutes):
    begins = datetime.combine(day, datetime.min.time(), UTC) + start * MINUTE
    ends = begins + minutes * MINUTE
    span = on_wall(day, begins, ends, PARIS)
    midnight = datetime(day.year, day.month, day.day, tzinfo=PARIS)
    following = day + timedelta(days=1)
    next_midnight = datetime(following.year, following.month, following.day, tzinfo=PARIS)
    assert (span is not None) == (
        begins < next_midnight.astimezone(UTC) and ends > midnight.astimezone(UTC)
    )
    if span is not None:
        assert 0 <= span.first < span.last <= 1440
        assert span.first % 5 == span.last % 5 == 0


@given(st.lists(SPANS, max_size=12))
def test_what_meets_is_never_in_one_lane_while_there_are_lanes(spans):
    placed = side_by_side(spans)
    assert [(one.first, one.last) for one in placed] == [(one.first, one.last) for one in spans]
    for index, one in enumerate(placed):
        assert 0 <= one.lane < one.lanes <= 6
        for other in placed[index + 1 :]:
            if one.first < other.last and other.first < one.last:
                assert one.lanes == other.lanes
                if one.lanes < 6:
                    assert one.lane != other.lane


@given(st.lists(SPANS, max_size=12))
def test_what_does_not_fill_the_day_is_seen_and_its_ends_on_this_day_too(spans):
    first, last = shown_hours(spans)
    assert 0 <= first <= 8
    assert 18 <= last <= 24
    for span in spans:
        if span.whole:
            continue
        assert span.meets(first, last)
        assert span.first == 0 or span.first >= first * 60
        assert span.last == 1440 or span.last <= last * 60
