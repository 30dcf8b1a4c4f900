from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import reading
from core.calendars.reading import (
    UnreadableCalendar,
    busy_stretches,
    read_event,
    read_occurrences,
)
from core.calendars.stretches import Stretch
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


@pytest.mark.filterwarnings("ignore::icalendar.GloballyUniqueTZIDGuessed")
@pytest.mark.parametrize(
    "zone",
    [
        "America/New_York",
        '"Eastern Standard Time"',
        "/freeassociation.sourceforge.net/America/New_York",
    ],
)
def test_zones_go_by_many_names(zone):
    event = f"DTSTART;TZID={zone}:20270202T040000\nDURATION:PT1H"
    assert busy(event) == [("02/02 10:00", "02/02 11:00")]


def test_a_zone_may_be_described_in_the_calendar_itself():
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Bureau\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE"
    )
    text = ics("DTSTART;TZID=Bureau:20270202T120000\nDURATION:PT1H", head=zone)
    (found,) = read_occurrences([text], START, END, PARIS)
    assert found.at.starts_at == datetime(2027, 2, 2, 9, tzinfo=UTC)


def test_a_floating_hour_is_in_the_zone_that_the_calendar_names_if_it_is_one():
    event = "DTSTART:20270202T040000\nDURATION:PT1H"
    for name, hour in (("America/New_York", 9), ("Nulle/Part", 3), ("/etc", 3)):
        text = ics(event, head=f"X-WR-TIMEZONE:{name}")
        (found,) = read_occurrences([text], START, END, PARIS)
        assert found.at.starts_at.hour == hour


@pytest.mark.parametrize("zone", ["Nulle/Part", "GMT+5"])
def test_an_hour_in_a_zone_that_nobody_knows_closes_rather_than_opens(zone):
    with pytest.raises(UnreadableCalendar, match=r"Point.*fuseau horaire inconnu"):
        busy(f"SUMMARY:Point\nDTSTART;TZID={zone}:20270202T100000\nDURATION:PT1H")


def test_an_event_in_the_hour_that_clocks_leave_out_is_still_there():
    event = "DTSTART;TZID=Europe/Paris:20270328T023000\nDURATION:PT1H"
    (found,) = busy(event)
    assert found[0] == "28/03 03:30"


@pytest.mark.parametrize(
    ("line", "label"),
    [("", "Réunion"), ("CLASS:PUBLIC", "Réunion"), ("CLASS:PRIVATE", ""), ("CLASS:X-SECRET", "")],
)
def test_a_title_is_told_unless_the_event_is_private(line, label):
    text = ics(
        f"SUMMARY:  Réunion \n{line}\nDTSTART:20270202T090000Z\nDTEND:20270202T100000Z".replace(
            "\n\n", "\n"
        )
    )
    found = read_occurrences([text], START, END, PARIS)
    assert [one.label for one in busy_stretches(found, titled=True)] == [label]
    assert [one.label for one in busy_stretches(found)] == [""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_old_encodings_are_read_too(encoding):
    text = ics("SUMMARY:Été\nDTSTART:20270202T090000Z\nDTEND:20270202T100000Z").decode()
    (found,) = read_occurrences([text.encode(encoding)], START, END, PARIS)
    assert found.title == "Été"


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
        b" <!doctype html><p>hello",
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
    monkeypatch.setattr(reading, "_TOO_MANY", 100)
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
