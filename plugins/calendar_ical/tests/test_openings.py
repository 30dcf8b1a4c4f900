"""A calendar that opens slots: the events that bear a word, for one structure, by the channels chosen."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda.service import refresh
from core.calendars import Occurrence, Stretch
from core.testing.factories import account_of, form_token, make_site, signed_in
from core.testing.web import Answer
from hookspecs import Refused
from plugins.calendar_ical.feeds import Openings, check, poll, read_feed, set_feed
from plugins.calendar_ical.reading import bears, read_time, sort_out

from .conftest import ics

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2027, 2, 1, tzinfo=UTC)
WEEKLY = (
    "SUMMARY:Permanence mobilité\nDTSTART;TZID=Europe/Paris:20270316T140000\n"
    "DTEND;TZID=Europe/Paris:20270316T160000\nRRULE:FREQ=WEEKLY;COUNT=4\n"
    "EXDATE;TZID=Europe/Paris:20270323T140000"
)
DENTIST = "SUMMARY:Dentiste\nDTSTART:20270316T130000Z\nDTEND:20270316T140000Z"


def says(web, body):
    web.answers["/a.ics"] = Answer(body=body)


def hours(stretches):
    return [
        f"{one.starts_at.astimezone(PARIS):%d/%m %H:%M}-{one.ends_at.astimezone(PARIS):%H:%M}"
        for one in stretches
    ]


def test_a_recurring_opening_keeps_its_hour_across_the_clock_change_and_leaves_its_exception_out():
    found = read_time(ics(WEEKLY, DENTIST), START, START + timedelta(days=90), PARIS, "PERMANENCE")
    assert hours(found.open) == ["16/03 14:00-16:00", "30/03 14:00-16:00", "06/04 14:00-16:00"]
    assert hours(found.busy) == ["16/03 14:00-15:00"]


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
    text = ics(f"{event}\nDTSTART:20270202T090000Z\nDTEND:20270202T110000Z")
    found = read_time(text, START, START + timedelta(days=9), PARIS, "mobilité")
    assert (bool(found.open), bool(found.busy)) == (opens, closes)


def test_a_day_without_hours_and_an_endless_event_open_nothing():
    text = ics(
        "SUMMARY:Permanence\nDTSTART;VALUE=DATE:20270202",
        "SUMMARY:Permanence\nDTSTART:20270203T000000Z\nDTEND:20270203T200000Z",
    )
    found = read_time(text, START, START + timedelta(days=9), PARIS, "permanence")
    assert found.open == found.busy == ()


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
    )
)
def test_every_event_either_opens_or_closes_or_is_free_and_never_two_of_these(events):
    found = sort_out(events, "permanence")
    assert set(found.open) == {one.at for one in events if bears(one, "permanence")}
    for one in events:
        if not bears(one, "permanence") and not one.is_free:
            assert any(
                busy.starts_at <= one.at.starts_at and one.at.ends_at <= busy.ends_at
                for busy in found.busy
            )
    assert sort_out(events, "").open == ()


@pytest.fixture
async def site(database, structure):
    return await make_site(database, structure)


async def slots(database):
    rows = await database.fetch("SELECT starts_at, site, channels, provider FROM slot ORDER BY 1")
    return [(row["starts_at"].astimezone(PARIS).strftime("%d/%m %H:%M"), row) for row in rows]


async def test_its_events_become_slots_of_the_structure_and_go_when_they_go(
    platform, database, structure, site, advisor, region, web
):
    says(web, ics(WEEKLY, DENTIST))
    openings = Openings(
        word="permanence", structure=structure, site=site, channels=("in_person", "phone")
    )
    await set_feed(await region(), advisor, web.url("/a.ics"), openings)
    found = await slots(database)
    # The dentist closes the first hour of the first one.
    assert [at for at, _ in found] == [
        "16/03 15:00",
        "30/03 14:00",
        "30/03 15:00",
        "06/04 14:00",
        "06/04 15:00",
    ]
    row = found[0][1]
    assert row["site"] == site
    assert row["channels"] == ["in_person", "phone"]
    assert row["provider"] == "calendar_ical:openings"
    says(web, ics(DENTIST))
    context = await region()
    await check(context, await read_feed(context, advisor))
    assert await slots(database) == []


async def test_a_calendar_too_old_opens_nothing_and_opens_again_once_it_answers(
    platform, database, structure, site, advisor, region, web, clock
):
    says(web, ics(WEEKLY))
    openings = Openings(word="permanence", structure=structure, channels=("phone",))
    await set_feed(await region(), advisor, web.url("/a.ics"), openings)
    assert len(await slots(database)) == 6
    web.answers["/a.ics"] = Answer(status=500)
    clock.advance(timedelta(hours=7))
    await poll(await region())
    assert await slots(database) == []
    problem = await database.fetch_value(
        "SELECT reason FROM supply_problem WHERE effect = 'hidden'"
    )
    assert "ne répond plus" in problem
    says(web, ics(WEEKLY))
    clock.advance(timedelta(hours=2))
    await poll(await region())
    assert len(await slots(database)) == 6


async def test_a_word_that_no_event_bears_is_refused_beside_its_field(
    region, structure, advisor, web
):
    says(web, ics(DENTIST))
    with pytest.raises(Refused) as refused:
        await set_feed(
            await region(),
            advisor,
            web.url("/a.ics"),
            Openings(word="permanence", structure=structure, channels=("phone",)),
        )
    assert refused.value.field == "word"


async def test_the_address_is_sealed_and_one_kept_in_clear_is_sealed_at_its_next_reading(
    region, database, structure, advisor, web
):
    says(web, ics(DENTIST))
    await set_feed(await region(), advisor, web.url("/a.ics"))
    kept = await database.fetch_value("SELECT url FROM calendar_ical_feed")
    assert "127.0.0.1" not in kept
    await database.execute("UPDATE calendar_ical_feed SET url = $1", web.url("/a.ics"))
    context = await region()
    await check(context, await read_feed(context, advisor))
    row = await database.fetch_one("SELECT url, host, problem FROM calendar_ical_feed")
    assert (row["host"], row["problem"]) == ("127.0.0.1", "")
    assert "127.0.0.1" not in row["url"]


async def test_the_page_chooses_the_word_the_place_and_the_channels_and_keeps_the_address(
    platform, database, structure, site, advisor, web, client
):
    says(web, ics(WEEKLY))
    await signed_in(platform, client, await account_of(database, advisor))
    form = {
        "url": web.url("/a.ics"),
        "word": "Permanence",
        "place": f"{structure}~{site}",
        "channels": ["in_person"],
        "_csrf_token": await form_token(client),
    }
    path = "/p/calendar_ical/agenda-externe"
    missing = await client.post(path, data={**form, "place": ""})
    assert missing.status_code == 422
    assert "Choisissez où ces plages ouvrent des créneaux" in missing.text
    assert (await client.post(path, data=form)).status_code == 303
    shown = (await client.get("/p/calendar_ical/")).text
    assert "ouvre des créneaux" in shown
    assert 'value="Permanence"' in shown
    assert web.url("/a.ics") not in shown
    # The address is a secret that is not shown again: left out, it stays.
    assert (await client.post(path, data={**form, "url": "", "word": ""})).status_code == 303
    await refresh(platform, [advisor])
    assert await slots(database) == []
