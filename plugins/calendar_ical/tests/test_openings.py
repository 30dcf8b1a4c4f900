"""A calendar that opens slots: the events that bear a word, or all of them, for one structure, by the channels chosen."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars.reading import Occurrence
from core.calendars.stretches import Stretch
from core.testing.factories import make_opening, make_site
from core.testing.web import Answer
from hookspecs import Refused
from plugins.calendar_ical.feeds import list_openings
from plugins.calendar_ical.polling import check, poll
from plugins.calendar_ical.reading import Use, bears, own_name, read_time, sort_out

from .conftest import ics, switch_off

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2027, 2, 1, tzinfo=UTC)
BOTH = Use(closes=True, opens=True, word="permanence")
WEEKLY = (
    "SUMMARY:Permanence mobilité\nDTSTART;TZID=Europe/Paris:20270316T140000\n"
    "DTEND;TZID=Europe/Paris:20270316T160000\nRRULE:FREQ=WEEKLY;COUNT=4\n"
    "EXDATE;TZID=Europe/Paris:20270323T140000\nUID:weekly@elsewhere"
)
MOVED = (
    "SUMMARY:Permanence mobilité\nUID:weekly@elsewhere\n"
    "RECURRENCE-ID;TZID=Europe/Paris:20270406T140000\nDTSTART;TZID=America/Montreal:20270407T030000\n"
    "DTEND;TZID=America/Montreal:20270407T050000"
)
DENTIST = "SUMMARY:Dentiste\nDTSTART:20270316T130000Z\nDTEND:20270316T140000Z"


def hours(stretches):
    return [
        f"{one.starts_at.astimezone(PARIS):%d/%m %H:%M}-{one.ends_at.astimezone(PARIS):%H:%M}"
        for one in stretches
    ]


def read(*events, use=BOTH):
    return read_time(ics(*events), START, START + timedelta(days=90), PARIS, use)


def test_a_recurring_opening_keeps_its_hour_across_the_clock_change_exceptions_left_out_or_moved():
    found = read(WEEKLY, DENTIST)
    assert hours(found.open) == ["16/03 14:00-16:00", "30/03 14:00-16:00", "06/04 14:00-16:00"]
    assert hours(found.busy) == ["16/03 14:00-15:00"]
    assert hours(read(WEEKLY, MOVED).open)[2:] == ["07/04 09:00-11:00"]


@pytest.mark.parametrize(
    ("event", "opens", "closes"),
    [
        ("CATEGORIES:Mobilité,Autre\nSUMMARY:X", True, False),
        ("CATEGORIES:Mobilité internationale\nSUMMARY:X", False, True),
        ("SUMMARY:Accueil MOBILITE\nTRANSP:TRANSPARENT", True, False),
        ("SUMMARY:Accueil mobilité\nSTATUS:CANCELLED", False, False),
        ("SUMMARY:Autre chose", False, True),
    ],
)
def test_the_word_is_in_the_title_or_is_a_category(event, opens, closes):
    text = f"{event}\nDTSTART:20270202T090000Z\nDTEND:20270202T110000Z"
    found = read(text, use=Use(opens=True, word="mobilité"))
    assert (bool(found.open), bool(found.busy)) == (opens, closes)
    only = read(text, use=Use(closes=False, opens=True, word="mobilité"))
    assert (bool(only.open), bool(only.busy)) == (opens, False)


def test_a_calendar_that_only_opens_may_open_with_all_of_its_events():
    found = read(WEEKLY, DENTIST, use=Use(closes=False, opens=True))
    assert hours(found.open)[:2] == ["16/03 14:00-15:00", "16/03 14:00-16:00"]
    assert found.busy == ()
    assert read(WEEKLY, use=Use(closes=True)).open == ()


def test_a_day_without_hours_and_an_endless_event_open_nothing():
    found = read(
        "SUMMARY:Permanence\nDTSTART;VALUE=DATE:20270202",
        "SUMMARY:Permanence\nDTSTART:20270203T000000Z\nDTEND:20270203T200000Z",
    )
    assert found.open == found.busy == ()


def test_a_calendar_says_its_own_name():
    assert own_name(ics(head="X-WR-CALNAME;X=1:Équipe\\, mobilité")) == "Équipe, mobilité"
    assert own_name(ics(head="X-WR-CALNAME:" + "a" * 90)) == "a" * 60
    assert own_name(ics()) == own_name(b"") == ""


@given(
    st.lists(
        st.builds(
            lambda hour, length, title, free: Occurrence(
                at=Stretch(
                    starts_at=START + timedelta(hours=hour),
                    ends_at=START + timedelta(hours=hour + length),
                ),
                title=title,
                is_free=free,
            ),
            st.integers(0, 100),
            st.integers(1, 6),
            st.sampled_from(["Permanence", "Réunion"]),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_every_event_either_opens_or_closes_or_is_free_and_never_two_of_these(events, titled):
    use = Use(opens=True, word="permanence", is_titled=titled)
    found = sort_out(events, use)
    opening = {(one.starts_at, one.ends_at) for one in found.open}
    assert opening == {
        (one.at.starts_at, one.at.ends_at) for one in events if bears(one, "permanence")
    }
    for one in events:
        if not bears(one, "permanence") and not one.is_free:
            assert any(
                busy.starts_at <= one.at.starts_at and one.at.ends_at <= busy.ends_at
                for busy in found.busy
            )
    assert sort_out(events, Use(closes=False)) == sort_out([], use)


@pytest.fixture
async def site(database, structure):
    return await make_site(database, structure)


@pytest.fixture
def slots(database):
    """The slots of all, by start on the wall."""

    async def read():
        rows = await database.fetch(
            "SELECT starts_at, site, channels, provider FROM slot ORDER BY starts_at"
        )
        return [(row["starts_at"].astimezone(PARIS).strftime("%d/%m %H:%M"), row) for row in rows]

    return read


async def test_its_events_become_slots_of_the_structure_and_go_when_they_go(
    follow, reread, structure, site, region, web, slots
):
    feed = await follow(
        ics(WEEKLY, DENTIST),
        word="permanence",
        structure=structure,
        site=site,
        channels=("in_person", "phone"),
    )
    found = await slots()
    assert [at for at, _ in found] == [
        "16/03 15:00",  # the dentist closes the hour before
        "30/03 14:00",
        "30/03 15:00",
        "06/04 14:00",
        "06/04 15:00",
    ]
    row = found[0][1]
    assert (row["site"], row["channels"]) == (site, ["in_person", "phone"])
    assert row["provider"] == "calendar_ical:openings"
    (first,) = await list_openings(await region(), feed.id, 1)
    assert first.label == "Permanence mobilité"
    web.answers["/a.ics"] = Answer(body=ics(DENTIST))
    await check(await region(), await reread(feed))
    assert await slots() == []


async def test_a_calendar_too_old_opens_nothing_and_opens_again_once_it_answers(
    follow, structure, region, web, clock, database, slots
):
    await follow(ics(WEEKLY), word="permanence", structure=structure, channels=("phone",))
    assert len(await slots()) == 6
    web.answers["/a.ics"] = Answer(status=500)
    clock.advance(timedelta(hours=7))
    await poll(await region())
    assert await slots() == []
    problem = await database.fetch_value(
        "SELECT reason FROM supply_problem WHERE effect = 'hidden'"
    )
    assert "ne peut plus être lu" in problem
    assert "500" in problem
    web.answers["/a.ics"] = Answer(body=ics(WEEKLY))
    clock.advance(timedelta(hours=2))
    await poll(await region())
    assert len(await slots()) == 6


async def test_one_that_only_opens_takes_its_own_openings_along_when_too_old_and_hides_nothing_else(
    follow, structure, region, web, clock, database, slots, advisor
):
    await make_opening(database, advisor, structure, channels=["phone"])
    await follow(ics(WEEKLY), closes=False, structure=structure, channels=("phone",))
    assert len(await slots()) == 9
    web.answers["/a.ics"] = Answer(status=500)
    clock.advance(timedelta(hours=7))
    await poll(await region())
    assert [at for at, _ in await slots()] == ["02/02 14:00", "02/02 15:00", "02/02 16:00"]
    assert await database.fetch_value("SELECT count(*) FROM supply_problem") == 0


async def test_where_the_plugin_is_off_its_openings_are_gone(
    follow, structure, database, platform, slots, advisor
):
    await follow(ics(WEEKLY), closes=False, structure=structure, channels=("phone",))
    assert len(await slots()) == 6
    await switch_off(database, structure)
    await platform.services.refresh_slots([advisor])
    assert await slots() == []


async def test_a_calendar_that_would_open_nothing_is_refused_beside_the_word(follow, structure):
    for word, said in (("permanence", "ne porte"), ("", "aucun événement à venir")):
        with pytest.raises(Refused, match=said) as refused:
            await follow(
                ics("SUMMARY:X\nDTSTART;VALUE=DATE:20270316"),
                word=word,
                closes=bool(word),
                structure=structure,
                channels=("phone",),
            )
        assert refused.value.field == "word"
