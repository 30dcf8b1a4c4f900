from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.notices.due import State, due_notices
from core.notices.quiet import Quiet

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
NOW = datetime(2027, 1, 25, 7, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
REMINDERS = {"reminder_7d", "reminder_1d", "link_1h"}


def booked(ahead: timedelta, **values) -> State:
    """Booked at NOW for `ahead` later."""
    return State(
        **{
            "appointment_id": UUID(int=9),
            "structure_id": UUID(int=8),
            "status": "booked",
            "sequence": 0,
            "is_video": False,
            "starts_at": NOW + ahead,
            "ends_at": NOW + ahead + timedelta(hours=1),
            "created_at": NOW,
            "told_at": NOW,
            "advisor_id": A,
            **values,
        }
    )


def kinds(state: State, now: datetime, audience: str = "youth") -> set[str]:
    return {due.kind for due in due_notices(state, now) if due.audience == audience}


def when_due(state: State, kind: str) -> list[timedelta]:
    """How long before the start the notice may leave, hour by hour until it is over."""
    hours = int((state.starts_at - NOW) / timedelta(hours=1)) + 2
    return [
        state.starts_at - at
        for at in (NOW + timedelta(hours=hour) for hour in range(hours))
        if kind in kinds(state, at)
    ]


def test_a_booking_is_confirmed_to_both_at_once_and_nobody_is_reminded_yet():
    state = booked(timedelta(days=10))
    assert kinds(state, NOW) == {"confirmation"}
    assert kinds(state, NOW, "advisor") == {"confirmation"}


def test_n01_ten_days_ahead_gets_both_reminders_in_their_windows():
    state = booked(timedelta(days=10, hours=4))
    week = when_due(state, "reminder_7d")
    assert max(week) == timedelta(days=7)
    assert min(week) > timedelta(days=2)
    day = when_due(state, "reminder_1d")
    assert max(day) == timedelta(hours=24)
    assert min(day) > timedelta(hours=3)
    assert when_due(booked(timedelta(days=10) - timedelta(hours=1)), "reminder_7d") == []


def test_n02_forty_nine_hours_ahead_gets_only_the_day_before():
    state = booked(timedelta(hours=49))
    assert when_due(state, "reminder_7d") == []
    assert when_due(state, "reminder_1d") != []
    assert kinds(state, NOW) == {"confirmation"}


def test_booked_by_staff_for_this_afternoon_gets_no_reminder_minutes_later():
    state = booked(timedelta(hours=6))
    assert when_due(state, "reminder_1d") == []


def test_only_a_video_interview_gets_its_link_in_the_last_hour():
    for is_video in (True, False):
        state = booked(timedelta(days=3, hours=4), is_video=is_video)
        at = state.starts_at - timedelta(minutes=60)
        assert ("link_1h" in kinds(state, at)) is is_video
        assert "link_1h" not in kinds(state, at - timedelta(seconds=1))
        assert "link_1h" not in kinds(state, state.starts_at)


def test_n03_a_move_replaces_the_reminder_of_the_old_hour_by_one_of_the_new():
    state = booked(timedelta(days=10))
    at = state.starts_at - timedelta(hours=23)
    old = {due.revision for due in due_notices(state, at) if due.kind == "reminder_1d"}
    moved = replace(state, sequence=1, told_at=at, starts_at=at + timedelta(days=3))
    assert "reminder_1d" not in kinds(moved, at)
    later = moved.starts_at - timedelta(hours=20)
    new = {due.revision for due in due_notices(moved, later) if due.kind == "reminder_1d"}
    assert len(old) == len(new) == 1
    assert old != new


def test_only_the_latest_change_is_told_and_never_the_confirmation_again():
    state = booked(timedelta(days=10), sequence=3)
    news = [due for due in due_notices(state, NOW) if due.audience == "youth"]
    assert [(due.kind, due.revision) for due in news] == [("change", "3")]


def test_a_cancelled_appointment_is_never_reminded_and_the_youth_hears_of_it_whoever_cancelled():
    for status in ("cancelled_by_youth", "cancelled_by_structure"):
        state = booked(timedelta(days=10), status=status, sequence=1, cancelled_at=NOW)
        assert kinds(state, NOW) == {"cancellation"}
        assert kinds(state, NOW, "advisor") == {"cancellation"}
        assert kinds(state, state.starts_at - timedelta(hours=20)) == set()


def test_an_advisor_who_lost_it_is_told_even_when_it_was_cancelled_since():
    state = booked(timedelta(days=3), sequence=2, handed_over=((1, B),))
    assert kinds(state, NOW, "former_advisor") == {"change"}
    gone = replace(state, status="cancelled_by_youth", cancelled_at=NOW)
    assert kinds(gone, NOW, "former_advisor") == {"change"}


def test_an_advisor_who_got_it_back_is_not_told_that_it_went():
    state = booked(timedelta(days=3), sequence=2, handed_over=((1, A), (2, B)))
    former = [due.revision for due in due_notices(state, NOW) if due.audience == "former_advisor"]
    assert former == ["2"]


def test_n07_the_advisors_notice_level_is_kept_and_the_youths_notice_does_not_depend_on_it():
    far, soon = timedelta(days=3), timedelta(hours=26)
    for level, by_advisor, ahead, listens in [
        ("all", True, far, True),
        ("others", True, far, False),
        ("others", False, far, True),
        ("soon", False, far, False),
        ("soon", False, soon, True),
        ("none", False, soon, False),
    ]:
        state = booked(ahead, notice_level=level, by_advisor=by_advisor)
        assert ("confirmation" in kinds(state, NOW, "advisor")) is listens, level
        assert kinds(state, NOW) == {"confirmation"}


def test_a_roadmap_is_told_once_it_is_sent_and_again_when_sent_again():
    sent = NOW - timedelta(hours=1)
    state = booked(-timedelta(hours=3), status="honoured", roadmap_sent_at=sent)
    first = due_notices(state, NOW)
    assert [(due.kind, due.audience) for due in first] == [("roadmap", "youth")]
    again = due_notices(replace(state, roadmap_sent_at=NOW), NOW)
    assert again != first
    assert due_notices(replace(state, status="no_show", roadmap_sent_at=None), NOW) == []


# At night


def test_a_reminder_that_falls_in_the_night_leaves_in_the_morning_if_it_still_helps():
    """Due at 23:00 for 23:00 the day after: at 8:00 it still helps. Due at 2:00 for 2:00, the night after: it does too late."""
    late = booked(timedelta(days=3, hours=15))  # 23:00
    opens = late.starts_at - timedelta(hours=24)
    assert "reminder_1d" not in kinds(late, opens)
    assert "reminder_1d" not in kinds(late, opens + timedelta(hours=8, minutes=59))
    assert "reminder_1d" in kinds(late, opens + timedelta(hours=9))
    early = booked(timedelta(days=3, hours=2))  # 10:00, and the workers slept until 7:30
    assert "reminder_1d" not in kinds(early, early.starts_at - timedelta(minutes=150))


def test_the_link_of_an_early_interview_waits_for_the_morning_or_leaves_at_night():
    for hour, minutes, at_night in ((0, 30, False), (0, 0, True), (0, 10, True)):
        state = booked(timedelta(days=3, hours=hour, minutes=minutes), is_video=True)  # 8:00 + …
        before_eight = state.starts_at - timedelta(minutes=minutes + 5)
        assert ("link_1h" in kinds(state, before_eight)) is at_night, (hour, minutes)
    half_past = booked(timedelta(days=3, minutes=30), is_video=True)
    assert "link_1h" in kinds(half_past, half_past.starts_at - timedelta(minutes=30))


def test_news_leave_at_night_and_what_may_wait_waits():
    midnight = NOW + timedelta(hours=16)
    assert kinds(booked(timedelta(days=3), told_at=midnight), midnight) == {"confirmation"}
    gone = booked(timedelta(days=3), status="cancelled_by_structure", cancelled_at=midnight)
    assert kinds(gone, midnight) == {"cancellation"}
    always = Quiet(starts=0, ends=0)
    state = booked(timedelta(days=3, hours=15), quiet=always)
    assert "reminder_1d" in kinds(state, state.starts_at - timedelta(hours=24))


# Afterwards


def test_how_it_went_is_asked_of_who_came_the_day_after_at_ten_and_within_a_week():
    held = booked(timedelta(hours=-1), status="honoured")  # ended at 8:00
    next_ten = NOW + timedelta(hours=26)
    assert kinds(held, NOW) == set()
    assert kinds(held, next_ten - timedelta(seconds=1)) == set()
    assert kinds(held, next_ten) == {"feedback"}
    assert kinds(held, next_ten + timedelta(hours=12)) == set()  # 22:00
    assert kinds(held, held.ends_at + timedelta(days=7) - timedelta(hours=1)) == set()  # 7:00
    assert kinds(held, held.ends_at + timedelta(days=6, hours=12)) == {"feedback"}
    assert kinds(held, held.ends_at + timedelta(days=7)) == set()
    assert kinds(replace(held, status="no_show"), next_ten) == set()
    assert kinds(replace(held, feedback_given=True), next_ten) == set()
    both = replace(held, roadmap_sent_at=NOW)
    assert kinds(both, next_ten) == {"feedback", "roadmap"}


def test_where_they_are_is_asked_of_who_came_a_month_later_at_ten_and_within_two_weeks():
    held = booked(timedelta(hours=-1), status="honoured")
    asked = NOW + timedelta(days=30, hours=2)  # 10:00 in Paris
    assert "check_in" not in kinds(held, asked - timedelta(seconds=1))
    assert kinds(held, asked) == {"check_in"}
    assert kinds(held, asked + timedelta(hours=12)) == set()  # 22:00
    assert kinds(held, asked + timedelta(days=13, hours=10)) == {"check_in"}
    assert kinds(held, asked + timedelta(days=14)) == set()
    assert kinds(replace(held, check_in_given=True), asked) == set()
    assert kinds(replace(held, status="no_show"), asked) == set()


def test_a_thread_is_told_by_day_to_whoever_it_concerns_and_for_a_week():
    noon = NOW + timedelta(hours=5)
    held = booked(timedelta(days=-10), status="honoured", waiting_since=noon, answered_at=noon)
    assert kinds(held, noon) == kinds(held, noon, "advisor") == {"follow_up"}
    assert kinds(held, noon + timedelta(hours=10), "advisor") == set()  # 22:00
    assert kinds(held, noon + timedelta(days=7)) == set()
    assert kinds(held, noon + timedelta(days=7), "advisor") == set()
    for level, told in (("all", True), ("others", True), ("soon", False), ("none", False)):
        listens = replace(held, notice_level=level)
        assert ("follow_up" in kinds(listens, noon, "advisor")) is told
        assert kinds(listens, noon) == {"follow_up"}
    again = replace(held, answered_at=noon + timedelta(hours=1))
    first, second = (due_notices(state, noon + timedelta(hours=2)) for state in (held, again))
    assert first != second


states = st.builds(
    booked,
    st.integers(min_value=0, max_value=90 * 24 * 60).map(
        lambda minutes: timedelta(minutes=minutes)
    ),
    status=st.sampled_from(
        ["booked", "honoured", "no_show", "cancelled_by_youth", "cancelled_by_structure"]
    ),
    sequence=st.integers(min_value=0, max_value=3),
    is_video=st.booleans(),
    told_at=st.integers(min_value=0, max_value=5).map(lambda days: NOW + timedelta(days=days)),
    cancelled_at=st.sampled_from([None, NOW]),
    roadmap_sent_at=st.sampled_from([None, NOW]),
    feedback_given=st.booleans(),
    check_in_given=st.booleans(),
    waiting_since=st.sampled_from([None, NOW]),
    answered_at=st.sampled_from([None, NOW]),
    quiet=st.builds(Quiet, starts=st.integers(0, 23), ends=st.integers(0, 23)),
    handed_over=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([A, B])), max_size=2).map(
        lambda held: tuple(dict(held).items())
    ),
)
instants = st.integers(min_value=-60, max_value=100 * 24 * 60).map(
    lambda minutes: NOW + timedelta(minutes=minutes)
)


@given(states, instants)
def test_whatever_happens_each_notice_is_one_of_a_kind_and_reminders_are_only_for_the_expected(
    state: State, now: datetime
):
    due = due_notices(state, now)
    assert len(set(due)) == len(due)
    keys = [(item.kind, item.audience, item.revision) for item in due]
    assert len(set(keys)) == len(keys)
    reminders = {item.kind for item in due} & REMINDERS
    if reminders:
        assert state.status == "booked"
        assert now < state.starts_at
    assert len(reminders) <= 1
    asides = {*REMINDERS, "feedback", "check_in", "follow_up"}
    news = [item for item in due if item.audience == "youth" and item.kind not in asides]
    assert len(news) <= 1


@given(states, instants)
def test_nothing_is_due_once_it_is_useless(state: State, now: datetime):
    for item in due_notices(state, now):
        match item.kind:
            case "confirmation" | "change" if item.audience != "former_advisor":
                assert now < state.starts_at
            case "cancellation":
                assert now < state.ends_at
            case "reminder_1d":
                assert now < state.starts_at - timedelta(hours=3)
            case "reminder_7d":
                assert now < state.starts_at - timedelta(days=2)
                assert state.starts_at - state.told_at >= timedelta(days=10)
            case "link_1h":
                assert state.is_video
                assert now < state.starts_at
            case "feedback":
                assert state.status == "honoured"
                assert state.ends_at < now < state.ends_at + timedelta(days=7)
            case "check_in":
                assert state.status == "honoured"
                assert timedelta(days=29) < now - state.ends_at < timedelta(days=46)
            case "follow_up":
                assert now < NOW + timedelta(days=7)


changing_nights = st.sampled_from(
    [datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)]
)


@given(states, changing_nights, st.integers(0, 36 * 60), st.integers(-600, 600))
def test_in_quiet_hours_no_reminder_is_due_whatever_the_clocks_do_that_night(
    state: State, noon: datetime, minutes: int, ahead: int
):
    now = noon + timedelta(minutes=minutes)
    starts_at = now + timedelta(hours=24, minutes=ahead)
    state = replace(
        state, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), told_at=noon - 20 * DAY
    )
    hour = now.astimezone(PARIS).hour
    starts, ends = state.quiet.starts, state.quiet.ends
    is_night = hour in {(starts + n) % 24 for n in range((ends - starts) % 24)}
    found = {item.kind for item in due_notices(state, now)}
    assert not (
        is_night and found & {"reminder_1d", "reminder_7d", "feedback", "check_in", "follow_up"}
    )
    if state.status == "booked" and not is_night and ahead <= 0:
        assert "reminder_1d" in found


@given(states, instants, instants)
def test_at_another_hour_of_the_same_state_a_notice_keeps_its_revision(
    state: State, one: datetime, other: datetime
):
    def by_kind(now: datetime) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for item in due_notices(state, now):
            found.setdefault((item.kind, item.audience), set()).add(item.revision)
        return found

    first, second = by_kind(one), by_kind(other)
    assert all(first[key] == second[key] for key in first.keys() & second.keys())
