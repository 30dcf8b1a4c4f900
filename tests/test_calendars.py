import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import calendars
from core.calendars import (
    Stretch,
    UnreadableCalendar,
    busy_stretches,
    join,
    read_event,
    read_occurrences,
)
from plugins.calendar_ical.tests.conftest import ics

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2027, 2, 1, tzinfo=UTC)
END = START + timedelta(days=90)


def busy(*events: str, start=START, end=END) -> list[tuple[str, str]]:
    """Stretches as they read on a wall of Paris."""
    return [
        (
            each.starts_at.astimezone(PARIS).strftime("%d/%m %H:%M"),
            each.ends_at.astimezone(PARIS).strftime("%d/%m %H:%M"),
        )
        for each in busy_stretches(read_occurrences([ics(*events)], start, end, PARIS))
    ]


def test_an_event_is_busy_whatever_the_zone_it_is_written_in():
    expected = [("02/02 10:00", "02/02 11:00")]
    assert busy("DTSTART:20270202T090000Z\nDTEND:20270202T100000Z") == expected
    assert busy("DTSTART;TZID=Europe/Paris:20270202T100000\nDURATION:PT1H") == expected
    assert busy("DTSTART;TZID=America/New_York:20270202T040000\nDURATION:PT1H") == expected
    assert busy("DTSTART:20270202T100000\nDTEND:20270202T110000") == expected


def test_a_whole_day_is_busy_from_midnight_to_midnight_here():
    assert busy("DTSTART;VALUE=DATE:20270202") == [("02/02 00:00", "03/02 00:00")]
    assert busy("DTSTART;VALUE=DATE:20270202\nDTEND;VALUE=DATE:20270204") == [
        ("02/02 00:00", "04/02 00:00")
    ]


def test_a_weekly_event_keeps_its_hour_on_the_wall_across_the_change_of_hour():
    found = busy(
        "DTSTART;TZID=Europe/Paris:20270322T100000\nDTEND;TZID=Europe/Paris:20270322T110000\n"
        "RRULE:FREQ=WEEKLY;COUNT=3"
    )
    assert [start for start, _ in found] == ["22/03 10:00", "29/03 10:00", "05/04 10:00"]


def test_a_moved_or_removed_occurrence_counts_where_it_is_now():
    series = (
        "UID:series@elsewhere\nDTSTART;TZID=Europe/Paris:20270202T100000\nDURATION:PT1H\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Paris:20270216T100000"
    )
    moved = (
        "UID:series@elsewhere\nRECURRENCE-ID;TZID=Europe/Paris:20270209T100000\n"
        "DTSTART;TZID=Europe/Paris:20270210T150000\nDURATION:PT1H"
    )
    assert [start for start, _ in busy(series, moved)] == ["02/02 10:00", "10/02 15:00"]
    assert [start for start, _ in busy(series, moved + "\nTRANSP:TRANSPARENT")] == ["02/02 10:00"]


@pytest.mark.parametrize(
    "line",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "UID:5e1b9c7e@so-mobilite",
    ],
)
def test_free_cancelled_and_our_own_events_do_not_count(line):
    assert busy(f"{line}\nDTSTART:20270202T090000Z\nDTEND:20270202T100000Z") == []


def test_only_the_asked_window_counts_even_for_what_reaches_over_its_edges():
    event = "DTSTART:20270131T220000Z\nDTEND:20270202T020000Z"
    assert busy(event) == [("01/02 01:00", "02/02 03:00")]
    assert busy("DTSTART:20260101T090000Z\nDTEND:20260101T100000Z") == []
    assert busy("DTSTART:20270202T090000Z\nDTEND:20270202T090000Z") == []


def test_what_reaches_over_a_month_is_one_stretch():
    event = "DTSTART;VALUE=DATE:20270210\nDTEND;VALUE=DATE:20270420"
    assert busy(event) == [("10/02 00:00", "20/04 00:00")]


def test_a_calendar_without_events_is_never_busy():
    assert busy() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>hello</html>",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        ics("DTSTART:20270202T090000Z")[:-20],
    ],
)
def test_what_is_not_a_whole_calendar_is_refused_in_french(content):
    with pytest.raises(UnreadableCalendar, match="iCal"):
        read_occurrences([content], START, END, PARIS)


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:soon\nDTEND:20270202T100000Z",
        "DTSTART:20270202T090000Z\nDTEND:later",
        "DTSTART:20270202T090000Z\nRRULE:FREQ=NEVER",
        "SUMMARY:no start",
    ],
)
def test_an_event_whose_hour_cannot_be_read_closes_rather_than_opens(lines):
    with pytest.raises(UnreadableCalendar, match="ne peut pas être lu"):
        busy(lines)


def test_a_broken_line_that_says_nothing_of_when_does_no_harm():
    event = "GEO:nowhere\nDTSTART:20270202T090000Z\nDTEND:20270202T100000Z"
    assert len(busy(event)) == 1


def test_a_calendar_made_to_exhaust_the_reader_is_refused_in_time(monkeypatch):
    with pytest.raises(UnreadableCalendar, match="chaque minute"):
        busy("DTSTART:20270202T090000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY")
    monkeypatch.setattr(calendars, "_TOO_MANY", 100)
    with pytest.raises(UnreadableCalendar, match="trop d’événements"):
        busy("DTSTART:20270202T090000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY")


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(content):
    for whole in (content, b"BEGIN:VCALENDAR\r\n" + content + b"\r\nEND:VCALENDAR\r\n"):
        try:
            found = busy_stretches(read_occurrences([whole], START, END, PARIS))
        except UnreadableCalendar:
            continue
        assert list(found) == sorted(found)


minutes = st.integers(min_value=0, max_value=3000)
stretches = st.lists(
    st.tuples(minutes, st.integers(min_value=1, max_value=500)).map(
        lambda pair: Stretch(
            starts_at=START + timedelta(minutes=pair[0]),
            ends_at=START + timedelta(minutes=pair[0] + pair[1]),
        )
    ),
    max_size=12,
)


@given(stretches, minutes)
def test_joined_time_is_the_same_time_in_order_with_gaps_between(found, minute):
    joined = join(found)
    at = START + timedelta(minutes=minute, seconds=30)

    def covers(each):
        return each.starts_at <= at < each.ends_at

    assert any(map(covers, found)) == any(map(covers, joined))
    assert all(a.ends_at < b.starts_at for a, b in itertools.pairwise(joined))
    assert join(joined) == joined


def test_an_event_is_found_by_its_uid_unless_it_is_cancelled_or_gone():
    text = ics("UID:mine\nDTSTART:20270202T090000Z\nDTEND:20270202T100000Z")
    found = read_event(text, "mine", PARIS)
    assert found == Stretch(
        starts_at=datetime(2027, 2, 2, 9, tzinfo=UTC), ends_at=datetime(2027, 2, 2, 10, tzinfo=UTC)
    )
    assert read_event(text, "another", PARIS) is None
    assert (
        read_event(ics("UID:mine\nSTATUS:CANCELLED\nDTSTART:20270202T090000Z"), "mine", PARIS)
        is None
    )
    with pytest.raises(UnreadableCalendar):
        read_event("<html>", "mine", PARIS)
