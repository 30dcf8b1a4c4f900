from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.notices.due import State, due_notices

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


def test_ten_days_ahead_gets_both_reminders_in_their_windows():
    state = booked(timedelta(days=10))
    week = when_due(state, "reminder_7d")
    assert max(week) == timedelta(days=7)
    assert min(week) > timedelta(days=2)
    day = when_due(state, "reminder_1d")
    assert max(day) == timedelta(hours=24)
    assert min(day) > timedelta(hours=3)


def test_forty_nine_hours_ahead_gets_only_the_day_before():
    state = booked(timedelta(hours=49))
    assert when_due(state, "reminder_7d") == []
    assert when_due(state, "reminder_1d") != []
    assert kinds(state, NOW) == {"confirmation"}


def test_booked_by_staff_for_this_afternoon_gets_no_reminder_minutes_later():
    state = booked(timedelta(hours=6))
    assert when_due(state, "reminder_1d") == []


def test_only_a_video_interview_gets_its_link_in_the_last_hour():
    for is_video in (True, False):
        state = booked(timedelta(days=3), is_video=is_video)
        at = state.starts_at - timedelta(minutes=60)
        assert ("link_1h" in kinds(state, at)) is is_video
        assert "link_1h" not in kinds(state, at - timedelta(seconds=1))
        assert "link_1h" not in kinds(state, state.starts_at)


def test_a_move_replaces_the_reminder_of_the_old_hour_by_one_of_the_new():
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


def test_the_advisors_notice_level_is_kept_and_the_youths_notice_does_not_depend_on_it():
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
    reminders = {item.kind for item in due} & REMINDERS
    if reminders:
        assert state.status == "booked"
        assert now < state.starts_at
    assert len(reminders) <= 1
    news = [item for item in due if item.audience == "youth" and item.kind not in REMINDERS]
    assert len(news) <= 1


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
