"""The dates of a roadmap follow from the months of its sheets, and read as whole days in a calendar."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from core.contracts.matching import Programme
from core.interviews.deadlines import deadlines_ics, list_deadlines

TODAY = date(2027, 1, 25)


def sheet(*months: int, **facts) -> Programme:
    return Programme(
        id=facts.pop("id", "x"),
        title_fr=facts.pop("title_fr", "Un an ailleurs"),
        url="https://ailleurs.example",
        application_mode="windows",
        application_months=months,
        **facts,
    )


def dates(*sheets: Programme, today: date = TODAY) -> list[tuple[str, str]]:
    return [(one.kind, one.on.isoformat()) for one in list_deadlines(sheets, today)]


def test_an_open_window_ends_with_its_last_month():
    assert dates(sheet(11, 12, 1, 2)) == [("closes", "2027-02-28")]
    assert dates(sheet(1)) == [("closes", "2027-01-31")]


def test_a_coming_window_opens_then_ends_perhaps_the_year_after():
    assert dates(sheet(3, 4)) == [("opens", "2027-03-01"), ("closes", "2027-04-30")]
    assert dates(sheet(11, 12, 1), today=date(2027, 3, 2)) == [
        ("opens", "2027-11-01"),
        ("closes", "2028-01-31"),
    ]


def test_what_is_open_all_year_closed_or_unknown_has_no_date():
    always = sheet(*range(1, 13))
    closed = Programme(id="y", title_fr="Fermé", application_mode="closed", application_months=(3,))
    assert dates(always, closed, sheet()) == []


months = st.sets(st.integers(1, 12), min_size=1, max_size=11)
days = st.dates(date(2026, 1, 1), date(2032, 12, 31))


@given(months, days)
def test_dates_are_ahead_within_reach_and_in_the_months_of_the_sheet(chosen: set[int], today: date):
    found = list_deadlines([sheet(*chosen)], today)
    assert found[-1].kind == "closes"
    assert [one.on for one in found] == sorted(one.on for one in found)
    for one in found:
        assert today <= one.on < today + timedelta(days=366 * 2)
        assert one.on.month in chosen
    end = found[-1].on
    assert (end + timedelta(days=1)).day == 1
    assert (end + timedelta(days=1)).month not in chosen


def test_the_file_holds_whole_days_a_call_before_the_end_and_the_same_names_when_taken_again():
    now = datetime(2027, 1, 25, 8, tzinfo=UTC)
    hostile = sheet(3, 4, title_fr="A;B, C\\D\r\nBEGIN:VEVENT")
    body = deadlines_ics(UUID(int=7), list_deadlines([hostile], TODAY), now)
    events = Calendar.from_ical(body).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [date(2027, 3, 1), date(2027, 4, 30)]
    assert all(
        event.decoded("dtend") - event.decoded("dtstart") == timedelta(days=1) for event in events
    )
    assert [len(event.walk("VALARM")) for event in events] == [0, 1]
    later = now + timedelta(days=3)
    again = Calendar.from_ical(
        deadlines_ics(UUID(int=7), list_deadlines([hostile], later.date()), later)
    ).walk("VEVENT")
    assert [event["uid"] for event in again] == [event["uid"] for event in events]
