"""Days of a rule, and instants of a wall clock, against slow and obvious oracles."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda import recurrence
from core.agenda.holidays import holiday_name
from core.agenda.recurrence import Rule, instant, list_days, nth_of_month, until_eve
from core.clock import PARIS

days = st.dates(date(2026, 1, 1), date(2029, 12, 31))
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


@st.composite
def rules(draw):
    starts_on = draw(days)
    return Rule(
        repeat=draw(st.sampled_from(["none", "weekly", "monthly"])),
        every=draw(st.integers(1, 12)),
        starts_on=starts_on,
        ends_on=draw(st.none() | days),
    )


def falls_on(rule, day):
    """Whether the rule falls on the day, said as one would say it."""
    if day < rule.starts_on or (rule.ends_on is not None and day > rule.ends_on):
        return False
    if rule.repeat == "none":
        return day == rule.starts_on
    if day.weekday() != rule.starts_on.weekday():
        return False
    if rule.repeat == "weekly":
        return (day - rule.starts_on).days // 7 % rule.every == 0
    months = (day.year - rule.starts_on.year) * 12 + day.month - rule.starts_on.month
    return months % rule.every == 0 and nth_of_month(day) == nth_of_month(rule.starts_on)


@given(rule=rules(), first=days, length=st.integers(-3, 500))
def test_a_rule_falls_on_the_days_that_one_would_count_by_hand(rule, first, length):
    last = first + timedelta(days=length)
    every_day = (first + timedelta(days=n) for n in range(max(length + 1, 0)))
    assert list(list_days(rule, first, last)) == [day for day in every_day if falls_on(rule, day)]


def test_the_fifth_weekday_passes_over_months_that_have_four():
    rule = Rule(repeat="monthly", starts_on=date(2027, 1, 29))
    found = list(list_days(rule, date(2027, 1, 1), date(2027, 8, 31)))
    assert found == [date(2027, 1, 29), date(2027, 4, 30), date(2027, 7, 30)]


def test_a_rule_reaches_the_end_of_the_calendar_without_falling_off():
    for repeat in ("weekly", "monthly"):
        rule = Rule(repeat=repeat, starts_on=date(9999, 12, 1))
        assert next(list_days(rule, date(9999, 12, 1), date.max)) == date(9999, 12, 1)
        assert list(list_days(rule, date(9999, 12, 30), date.max)) == []


def first_minute_reading(day, at, zone):
    """The first UTC minute of the local day whose wall reads `at` or later, minute by minute."""
    moment = datetime.combine(day, time(0), UTC) - timedelta(hours=13)
    while True:
        wall = moment.astimezone(zone)
        if wall.date() > day or (wall.date() == day and wall.time() >= at):
            return moment
        moment += timedelta(minutes=1)


CHANGES = [date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29)]


@given(day=st.sampled_from(CHANGES) | days, at=minutes)
def test_an_instant_is_the_first_minute_at_which_the_wall_shows_it(day, at):
    assert instant(day, at, PARIS) == first_minute_reading(day, at, PARIS)


@given(day=st.sampled_from(CHANGES), at=minutes, later=minutes)
def test_a_later_wall_time_is_never_an_earlier_instant(day, at, later):
    at, later = sorted((at, later))
    assert instant(day, at, PARIS) <= instant(day, later, PARIS)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2027, 3, 28), time(1, 59), "2027-03-28T00:59+00:00"),
        (date(2027, 3, 28), time(2, 0), "2027-03-28T01:00+00:00"),
        (date(2027, 3, 28), time(2, 45), "2027-03-28T01:00+00:00"),
        (date(2027, 3, 28), time(3, 0), "2027-03-28T01:00+00:00"),
        (date(2027, 10, 31), time(2, 30), "2027-10-31T00:30+00:00"),
        (date(2027, 10, 31), time(3, 0), "2027-10-31T02:00+00:00"),
    ],
)
def test_times_that_are_jumped_over_or_come_twice(day, at, expected):
    assert instant(day, at, PARIS) == datetime.fromisoformat(expected)


def test_a_half_hour_jump_is_found_too():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    day = date(2027, 10, 3)
    for minute in (0, 10, 29, 30):
        at = time(2, minute)
        assert instant(day, at, lord_howe) == first_minute_reading(day, at, lord_howe)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 3, 29), "Lundi de Pâques"),
        (date(2027, 5, 6), "Ascension"),
        (date(2027, 5, 17), "Lundi de Pentecôte"),
        (date(2027, 7, 14), "Fête nationale"),
        (date(2027, 7, 15), ""),
        (date(2051, 4, 3), "Lundi de Pâques"),
    ],
)
def test_public_holidays_are_computed_for_any_year(day, name):
    assert holiday_name(day) == name


@st.composite
def series(draw):
    """A rule that leaves days out, some of them its own, and one of its own days."""
    rule = draw(rules())
    own = list(list_days(rule, rule.starts_on, rule.starts_on + timedelta(days=900)))[:30]
    without = draw(st.frozensets(st.sampled_from(own) | days)) if own else frozenset()
    day = draw(st.sampled_from(own)) if own else rule.starts_on
    return msgspec.structs.replace(rule, without=without), day


@given(one=series(), first=days, length=st.integers(0, 500))
def test_days_left_out_are_missing_and_nothing_else_changes(one, first, length):
    rule, _day = one
    every_day = (first + timedelta(days=n) for n in range(length + 1))
    expected = [day for day in every_day if falls_on(rule, day) and day not in rule.without]
    assert list(list_days(rule, first, first + timedelta(days=length))) == expected
    assert all(recurrence.falls_on(rule, day) for day in expected)
    assert not any(recurrence.falls_on(rule, day) for day in rule.without)


@given(one=series())
def test_a_rule_cut_at_one_of_its_days_is_its_days_before_and_its_days_from_then_on(one):
    rule, day = one
    last = rule.starts_on + timedelta(days=1500)
    whole = list(list_days(rule, rule.starts_on, last))
    before = until_eve(rule, day)
    after = msgspec.structs.replace(rule, starts_on=day)
    found = list(list_days(before, rule.starts_on, last)) if before else []
    assert found == [one for one in whole if one < day]
    assert found + list(list_days(after, rule.starts_on, last)) == whole
