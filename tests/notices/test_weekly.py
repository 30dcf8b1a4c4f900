from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.notices.quiet import Quiet, quiet_until
from core.notices.weekly import Member, due_digests, iso_week, monday_of, open_windows

PARIS = ZoneInfo("Europe/Paris")
A, B = UUID(int=1), UUID(int=2)
ADVISOR = Member(account=UUID(int=8), advisor=UUID(int=9), structures=(A,), wants_week=True)
MONDAY = date(2027, 2, 1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On that day of February 2027 (the 1st is a Monday), on a wall in Paris."""
    return datetime(2027, 2, day, hour, minute, tzinfo=PARIS)


def kinds(member: Member, now: datetime, short=(A,)) -> list[tuple[str, str]]:
    both = {day: frozenset(short) for day in (MONDAY, MONDAY + timedelta(days=7))}
    return [(due.kind, due.revision) for due in due_digests(member, both, now, Quiet())]


def test_an_advisor_hears_of_their_week_on_monday_morning_and_no_more_after_tuesday():
    assert kinds(ADVISOR, at(1, 7, 59)) == []
    assert kinds(ADVISOR, at(1, 8)) == [("week", "2027-W05")]
    assert kinds(ADVISOR, at(2, 20, 59)) == [("week", "2027-W05")]
    assert kinds(ADVISOR, at(3, 9)) == []
    assert kinds(replace(ADVISOR, wants_week=False), at(1, 10)) == []
    assert kinds(replace(ADVISOR, structures=()), at(1, 10)) == []
    assert kinds(replace(ADVISOR, advisor=None), at(1, 10)) == []


def test_who_works_at_a_short_structure_is_warned_on_thursday_of_the_week_that_comes():
    manager = Member(account=UUID(int=7), structures=(B,))
    assert kinds(ADVISOR, at(4, 8, 59)) == []
    assert kinds(ADVISOR, at(6, 10)) == []
    for now in (at(4, 9), at(5, 20)):
        assert kinds(ADVISOR, now) == [("shortage", "2027-W06")]
        assert kinds(manager, now) == []
        assert kinds(manager, now, short=(A, B)) == [("shortage", "2027-W06")]
        assert kinds(ADVISOR, now, short=()) == []


def test_the_coordination_hears_of_every_structure_that_is_still_short_on_monday_in_one_message():
    region = Member(account=UUID(int=6), is_coordinator=True)
    assert kinds(region, at(1, 8, 59)) == []
    assert kinds(region, at(1, 9)) == [("shortage_region", "2027-W05")]
    assert kinds(region, at(1, 9), short=()) == []
    assert kinds(region, at(4, 9)) == []
    (due,) = due_digests(region, {MONDAY: {B, A}}, at(1, 9), Quiet())
    assert due.structures == (A, B)


def test_who_answers_for_sheets_that_want_a_look_hears_of_it_on_monday_wherever_they_work():
    keeper = Member(account=UUID(int=5), has_sheets=True)
    assert kinds(keeper, at(1, 8, 59)) == []
    assert kinds(keeper, at(1, 9)) == [("sheets", "2027-W05")]
    assert kinds(keeper, at(2, 20)) == [("sheets", "2027-W05")]
    assert kinds(keeper, at(3, 9)) == []
    assert kinds(replace(keeper, has_sheets=False), at(1, 9)) == []


def test_a_week_has_its_iso_name_at_either_end_of_a_year():
    assert iso_week(date(2026, 12, 28)) == "2026-W53"
    assert iso_week(date(2027, 1, 4)) == "2027-W01"


members = st.builds(
    Member,
    account=st.just(UUID(int=5)),
    structures=st.lists(st.sampled_from([A, B]), unique=True).map(tuple),
    advisor=st.sampled_from([None, UUID(int=9)]),
    wants_week=st.booleans(),
    is_coordinator=st.booleans(),
    has_sheets=st.booleans(),
)
instants = st.datetimes(datetime(2026, 12, 1), datetime(2027, 12, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)
quiets = st.builds(Quiet, starts=st.integers(0, 23), ends=st.integers(0, 23))


@given(members, instants, quiets, st.sets(st.sampled_from([A, B])))
def test_whenever_it_is_one_of_a_kind_is_due_never_at_night_never_of_a_week_that_is_over(
    member: Member, now: datetime, quiet: Quiet, short
):
    monday = monday_of(now, PARIS)
    weeks = {monday: short, monday + timedelta(days=7): short}
    due = due_digests(member, weeks, now, quiet)
    assert len({one.kind for one in due}) == len(due)
    if quiet_until(now, quiet) is not None:
        assert due == []
    today = now.astimezone(PARIS).date()
    for one in due:
        assert one.monday.weekday() == 0
        assert (today - one.monday).days <= 1
        assert one.kind == "week" or set(one.structures) <= short
        if one.kind == "shortage":
            assert today < one.monday
            assert set(one.structures) <= set(member.structures)
            assert one.structures


@given(instants, st.integers(0, 7 * 24 * 60))
def test_each_week_has_its_windows_once(now: datetime, minutes: int):
    """Another instant of the same week never names another week for the same kind."""
    later = now + timedelta(minutes=minutes)
    if monday_of(now, PARIS) != monday_of(later, PARIS):
        return
    first, second = open_windows(now, Quiet()), open_windows(later, Quiet())
    assert all(first[kind] == second[kind] for kind in first.keys() & second.keys())
