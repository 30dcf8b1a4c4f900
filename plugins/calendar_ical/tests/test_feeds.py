from datetime import UTC, datetime, timedelta

import pytest

from core.storage.jobs import run_if_due
from core.testing.factories import make_advisor, make_structure
from core.testing.plugin import MONDAY
from core.testing.web import Answer
from core.worker import Worker
from hookspecs import Refused, SlotQuery
from plugins.calendar_ical import feeds
from plugins.calendar_ical.health import CalendarHealth
from plugins.calendar_ical.source import ExternalCalendars

from .conftest import ics

LUNCH = "DTSTART:20270202T110000Z\nDTEND:20270202T130000Z"
DINNER = "DTSTART:20270202T180000Z\nDTEND:20270202T200000Z"


def query(*advisors) -> SlotQuery:
    return SlotQuery(starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=advisors)


async def set_lunch(region, web, advisor) -> None:
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await feeds.set_feed(await region(), advisor, web.url("/a.ics"))


async def test_a_calendar_is_read_when_it_is_set_and_the_slots_follow_at_once(
    region, web, advisor, refreshed
):
    await set_lunch(region, web, advisor)
    answer = await ExternalCalendars().list_busy(await region(), query(advisor))
    (lunch,) = answer.busy
    assert lunch.starts_at == datetime(2027, 2, 2, 11, tzinfo=UTC)
    assert lunch.advisor_id == advisor
    assert answer.closed == {}
    assert refreshed == [advisor]


async def test_the_busy_answer_is_for_the_asked_advisors_and_window_only(
    region, web, advisor, structure, database, refreshed
):
    await set_lunch(region, web, advisor)
    other = await make_advisor(database, structure)
    assert (await ExternalCalendars().list_busy(await region(), query(other))).busy == []
    early = SlotQuery(
        starts_at=MONDAY, ends_at=datetime(2027, 2, 2, 11, tzinfo=UTC), advisor_ids=(advisor,)
    )
    assert (await ExternalCalendars().list_busy(await region(), early)).busy == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=404), "n’existe plus"),
        (Answer(status=403), "n’est pas ouvert"),
        (Answer(status=500), "500"),
        (Answer(body=b"<html>sign in</html>"), "pas par un agenda"),
        (Answer(body=b"x" * 6_000_000), "trop long"),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "réseau privé"),
    ],
)
async def test_a_calendar_that_cannot_be_read_is_refused_with_the_reason_and_nothing_is_kept(
    region, web, advisor, refreshed, database, answer, words
):
    web.answers["/a.ics"] = answer
    with pytest.raises(Refused, match=words) as refusal:
        await feeds.set_feed(await region(), advisor, web.url("/a.ics"))
    assert refusal.value.field == "url"
    assert await feeds.read_feed(await region(), advisor) is None
    assert refreshed == []


async def test_a_private_address_is_refused(region, advisor):
    with pytest.raises(Refused, match="réseau privé"):
        await feeds.set_feed(await region(), advisor, "http://localhost:9/a.ics")


async def test_webcal_is_another_word_for_https(region, advisor):
    with pytest.raises(Refused, match="réseau privé"):
        await feeds.set_feed(await region(), advisor, "WEBCAL://localhost:9/a.ics")


async def test_a_poll_asks_again_only_when_due_and_says_what_it_knows(
    region, web, advisor, clock, refreshed
):
    tag = {"ETag": '"v1"', "Last-Modified": "Mon, 25 Jan 2027 06:00:00 GMT"}
    web.answers["/a.ics"] = Answer(body=ics(LUNCH), headers=tag)
    await feeds.set_feed(await region(), advisor, web.url("/a.ics"))
    await feeds.poll(await region())
    assert len(web.asked) == 1
    web.answers["/a.ics"] = Answer(status=304)
    clock.advance(timedelta(minutes=11))
    await feeds.poll(await region())
    assert len(web.asked) == 2
    assert web.asked[1].headers["if-none-match"] == '"v1"'
    assert web.asked[1].headers["if-modified-since"] == tag["Last-Modified"]
    feed = await feeds.read_feed(await region(), advisor)
    assert feed.succeeded_at == clock.now()
    assert len((await ExternalCalendars().list_busy(await region(), query(advisor))).busy) == 1
    assert refreshed == [advisor]


async def test_once_a_day_the_whole_calendar_is_read_so_that_the_horizon_moves_on(
    region, web, advisor, clock, refreshed
):
    web.answers["/a.ics"] = Answer(body=ics(LUNCH), headers={"ETag": '"v1"'})
    await feeds.set_feed(await region(), advisor, web.url("/a.ics"))
    clock.advance(timedelta(hours=24))
    await feeds.poll(await region())
    assert "if-none-match" not in web.asked[-1].headers


async def test_slots_are_computed_again_only_when_busy_time_changed(
    region, web, advisor, clock, refreshed
):
    await set_lunch(region, web, advisor)
    clock.advance(timedelta(minutes=11))
    await feeds.poll(await region())
    assert refreshed == [advisor]
    web.answers["/a.ics"] = Answer(body=ics(LUNCH, DINNER))
    clock.advance(timedelta(minutes=11))
    await feeds.poll(await region())
    assert refreshed == [advisor, advisor]
    assert len((await ExternalCalendars().list_busy(await region(), query(advisor))).busy) == 2


async def test_a_failing_calendar_backs_off_keeps_its_last_answer_then_closes_and_opens_again(
    region, web, advisor, clock, refreshed
):
    await set_lunch(region, web, advisor)
    web.answers["/a.ics"] = Answer(status=500)
    waits = []
    while clock.now() < MONDAY + timedelta(hours=5):
        clock.advance(timedelta(minutes=2))
        before = len(web.asked)
        await feeds.poll(await region())
        if len(web.asked) > before:
            feed = await feeds.read_feed(await region(), advisor)
            waits.append(feed.due_at - clock.now())
    assert waits[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert set(waits[3:]) == {timedelta(hours=1)}
    assert "500" in feed.problem
    answer = await ExternalCalendars().list_busy(await region(), query(advisor))
    assert (len(answer.busy), answer.closed) == (1, {})
    assert refreshed == [advisor]

    clock.set(MONDAY + timedelta(hours=6, minutes=1))
    await feeds.poll(await region())
    answer = await ExternalCalendars().list_busy(await region(), query(advisor))
    assert "masqués" in answer.closed[advisor]
    assert refreshed == [advisor, advisor]
    await feeds.poll(await region())
    assert refreshed == [advisor, advisor]

    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    clock.advance(timedelta(hours=1))
    await feeds.poll(await region())
    assert (await ExternalCalendars().list_busy(await region(), query(advisor))).closed == {}
    assert refreshed == [advisor, advisor, advisor]


async def test_a_feed_closes_in_time_even_when_its_next_reading_is_not_due(
    region, web, advisor, clock, refreshed, database
):
    await set_lunch(region, web, advisor)
    clock.set(MONDAY + timedelta(hours=6, minutes=1))
    await database.execute(
        "UPDATE calendar_ical_feed SET due_at = $1", clock.now() + timedelta(hours=1)
    )
    await feeds.poll(await region())
    assert refreshed == [advisor, advisor]


async def test_one_calendar_that_hangs_holds_no_other_back(
    region, web, advisor, structure, database, clock, refreshed, monkeypatch
):
    other = await make_advisor(database, structure)
    await set_lunch(region, web, advisor)
    web.answers["/b.ics"] = Answer(body=ics(LUNCH))
    await feeds.set_feed(await region(), other, web.url("/b.ics"))
    web.answers["/a.ics"] = Answer(body=ics(), delay=30)
    web.answers["/b.ics"] = Answer(body=ics(DINNER))
    clock.advance(timedelta(minutes=11))
    context = await region()
    await feeds.poll(
        type(context)(
            structure=None,
            settings=type(context.settings)(timeout_seconds=3),
            now=context.now,
            services=context.services,
            structures=context.structures,
        )
    )
    assert "trop de temps" in (await feeds.read_feed(context, advisor)).problem
    assert (await feeds.read_feed(context, other)).problem == ""


async def test_where_the_plugin_is_off_nothing_is_read(
    region, web, advisor, structure, database, clock, refreshed
):
    await set_lunch(region, web, advisor)
    elsewhere = await make_structure(database)
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('calendar_ical', $1, 'off', now())",
        structure,
    )
    clock.advance(timedelta(minutes=11))
    context = await region()
    assert [ref.id for ref in context.structures] == [elsewhere]
    await feeds.poll(context)
    assert len(web.asked) == 1


async def test_removing_a_calendar_forgets_all_of_it(region, web, advisor, database, refreshed):
    await set_lunch(region, web, advisor)
    await feeds.remove_feed(await region(), advisor)
    assert await database.fetch_value("SELECT count(*) FROM calendar_ical_busy") == 0
    assert refreshed == [advisor, advisor]
    answer = await ExternalCalendars().list_busy(await region(), query(advisor))
    assert (answer.busy, answer.closed) == ([], {})


async def test_the_worker_runs_the_poll(platform, region, web, advisor, clock, refreshed):
    await set_lunch(region, web, advisor)
    clock.advance(timedelta(minutes=11))
    await platform.plugins.fresh()
    (job,) = [job for job in Worker(platform).jobs() if job.key == "calendar_ical:poll"]
    assert await run_if_due(platform.db, job)
    assert len(web.asked) == 2


async def test_the_health_page_names_whose_calendar_is_in_trouble(
    region, web, advisor, clock, refreshed
):
    await set_lunch(region, web, advisor)
    (line,) = await CalendarHealth().check(await region())
    assert line.state == "ok"
    web.answers["/a.ics"] = Answer(status=404)
    clock.advance(timedelta(minutes=11))
    await feeds.poll(await region())
    (line,) = await CalendarHealth().check(await region())
    assert (line.state, "Camille E." in line.name) == ("degraded", True)
    clock.advance(timedelta(hours=7))
    (line,) = await CalendarHealth().check(await region())
    assert line.state == "failing"
    assert line.hint
