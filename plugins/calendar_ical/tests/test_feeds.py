"""A calendar that is followed as busy time: given, read now and then, closed when it is too old."""

import asyncio
import gzip
import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from core.storage.jobs import run_if_due
from core.testing.factories import make_advisor, make_opening, make_structure
from core.testing.plugin import MONDAY
from core.testing.web import Answer
from core.worker import Worker
from hookspecs import NotFound, Refused, SlotQuery
from plugins.calendar_ical import feeds, polling
from plugins.calendar_ical.feeds import Choice
from plugins.calendar_ical.health import CalendarHealth
from plugins.calendar_ical.source import ExternalCalendars

from .conftest import LUNCH, ics, switch_off

DINNER = "SUMMARY:Dîner\nDTSTART:20270202T180000Z\nDTEND:20270202T200000Z"
HIDDEN = "SUMMARY:Cardiologue\nCLASS:PRIVATE\nDTSTART:20270203T080000Z\nDTEND:20270203T090000Z"
PAUSE = timedelta(minutes=10)


def near(found: timedelta, wanted: timedelta) -> bool:
    """Whether a wait is what was wanted, but for the share of chance in it."""
    return abs(found - wanted) <= wanted * 0.15


@pytest.fixture
def busy(region):
    """What the source says of advisors over the next 90 days."""

    async def ask(*advisors):
        query = SlotQuery(
            starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=advisors
        )
        return await ExternalCalendars().list_busy(await region(), query)

    return ask


@pytest.fixture
def tick(region, clock):
    """Some time later, the job runs."""

    async def do(**delta) -> None:
        clock.advance(timedelta(**(delta or {"minutes": 12})))
        await polling.poll(await region())

    return do


async def test_a_calendar_is_read_when_it_is_given_and_the_slots_follow_at_once(
    follow, busy, advisor, refreshed
):
    await follow(ics(LUNCH))
    answer = await busy(advisor)
    (lunch,) = answer.busy
    assert (lunch.starts_at, lunch.advisor_id) == (datetime(2027, 2, 2, 11, tzinfo=UTC), advisor)
    assert answer.closed == {}
    assert refreshed == [advisor]


async def test_the_busy_answer_is_for_the_asked_advisors_and_window_only(
    follow, busy, region, advisor, structure, database, refreshed
):
    await follow(ics(LUNCH))
    assert (await busy(await make_advisor(database, structure))).busy == []
    early = SlotQuery(
        starts_at=MONDAY, ends_at=datetime(2027, 2, 2, 11, tzinfo=UTC), advisor_ids=(advisor,)
    )
    assert (await ExternalCalendars().list_busy(await region(), early)).busy == []


async def test_titles_are_kept_only_when_wanted_and_never_those_of_private_events(
    follow, busy, advisor, region, database, refreshed
):
    feed = await follow(ics(LUNCH, HIDDEN))
    assert {one.label for one in (await busy(advisor)).busy} == {""}
    await feeds.save_feed(await region(), advisor, "", Choice(is_titled=True), feed)
    assert sorted(one.label for one in (await busy(advisor)).busy) == ["", "Déjeuner"]
    assert await database.fetch_value("SELECT count(*) FROM calendar_ical_feed") == 1


async def test_several_calendars_close_together_and_are_left_apart_five_at_most(
    follow, busy, advisor, structure, database, region, refreshed
):
    first = await follow(ics(LUNCH))
    second = await follow(ics(DINNER, head="X-WR-CALNAME:Perso\\, soirs"), "/b.ics")
    assert (first.name, second.name) == ("127.0.0.1", "Perso, soirs")
    assert len((await busy(advisor)).busy) == 2
    await feeds.remove_feed(await region(), first)
    (left,) = (await busy(advisor)).busy
    assert left.starts_at.hour == 18
    for number in range(4):
        await follow(ics(), f"/{number}.ics")
    with pytest.raises(Refused, match="5 agendas"):
        await follow(ics(), "/more.ics")
    stranger = await make_advisor(database, structure)
    with pytest.raises(NotFound):
        await feeds.read_feed(await region(), stranger, second.id)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=404), "n’existe plus"),
        (Answer(status=403), "n’est pas ouvert"),
        (Answer(status=400), "vérifiez l’adresse"),
        (Answer(status=500), "en panne"),
        (Answer(status=304), "304"),
        (Answer(body=b"<!doctype html><title>sign in</title>"), "page web"),
        (Answer(body=b'{"kind": "calendar"}'), "pas par un agenda"),
        (Answer(body=b""), "pas par un agenda"),
        (Answer(body=ics(LUNCH)[:-40]), "pas par un agenda"),
        (Answer(body=b"\x89PNG\r\n\x1a\n\x00", headers={"Content-Type": "image/png"}), "agenda"),
        (Answer(body=b"x" * 6_000_000), "plus de 5 Mo.*douze prochains mois"),
        (
            Answer(body=gzip.compress(b"x" * 20_000_000), headers={"Content-Encoding": "gzip"}),
            "compressé",
        ),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "réseau privé"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "https://"),
        (Answer(status=302, headers={"Location": "/a.ics"}), "sans fin"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_how_to_mend_it_and_nothing_is_kept(
    region, web, advisor, refreshed, answer, words
):
    web.answers["/a.ics"] = answer
    with pytest.raises(Refused, match=words) as refusal:
        await feeds.save_feed(await region(), advisor, web.url("/a.ics"), Choice())
    assert refusal.value.field == "url"
    assert await feeds.list_feeds(await region(), advisor) == []
    assert refreshed == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://localhost:9/a.ics", "réseau privé"),
        ("WEBCAL://localhost:9/a.ics", "réseau privé"),
        ("http://127.0.0.1:9/a.ics", "ne répond pas"),
        ("ftp://example.org/a.ics", "https://"),
        ("mon agenda", "https://"),
    ],
)
async def test_an_address_that_leads_nowhere_public_is_refused(region, advisor, address, words):
    with pytest.raises(Refused, match=words):
        await feeds.save_feed(await region(), advisor, address, Choice())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
async def test_a_calendar_is_read_in_any_encoding_and_whatever_type_it_claims(
    region, web, advisor, busy, refreshed, encoding
):
    body = ics(LUNCH).decode().encode(encoding)
    web.answers["/a.ics"] = Answer(body=body, headers={"Content-Type": "text/html"})
    await feeds.save_feed(await region(), advisor, web.url("/a.ics"), Choice(is_titled=True))
    assert [one.label for one in (await busy(advisor)).busy] == ["Déjeuner"]


async def test_a_poll_asks_again_only_when_due_and_says_what_it_knows(
    region, web, advisor, clock, refreshed, busy, tick, reread
):
    tag = {"ETag": '"v1"', "Last-Modified": "Mon, 25 Jan 2027 06:00:00 GMT"}
    web.answers["/a.ics"] = Answer(body=ics(LUNCH), headers=tag)
    feed = await feeds.save_feed(await region(), advisor, web.url("/a.ics"), Choice())
    await tick(minutes=1)
    assert len(web.asked) == 1
    web.answers["/a.ics"] = Answer(status=304)
    await tick()
    assert len(web.asked) == 2
    assert web.asked[1].headers["if-none-match"] == '"v1"'
    assert web.asked[1].headers["if-modified-since"] == tag["Last-Modified"]
    feed = await reread(feed)
    assert feed.succeeded_at == clock.now()
    assert near(feed.due_at - clock.now(), PAUSE)
    assert len((await busy(advisor)).busy) == 1
    assert refreshed == [advisor]
    await tick(hours=24)  # read whole once a day, so that the horizon moves on
    assert "if-none-match" not in web.asked[-1].headers


async def test_slots_are_computed_again_only_when_busy_time_changed(
    follow, web, advisor, refreshed, busy, tick
):
    await follow(ics(LUNCH))
    await tick()
    assert refreshed == [advisor]
    web.answers["/a.ics"] = Answer(body=ics(LUNCH, DINNER))
    await tick()
    assert refreshed == [advisor, advisor]
    assert len((await busy(advisor)).busy) == 2


async def test_a_failing_calendar_backs_off_keeps_its_last_answer_then_closes_and_opens_again(
    follow, web, advisor, clock, refreshed, busy, tick, reread
):
    feed = await follow(ics(LUNCH))
    web.answers["/a.ics"] = Answer(status=500)
    waits = []
    while clock.now() < MONDAY + timedelta(hours=5):
        before = len(web.asked)
        await tick(minutes=4)
        if len(web.asked) > before:
            feed = await reread(feed)
            waits.append(feed.due_at - clock.now())
    expected = [PAUSE, 2 * PAUSE, 4 * PAUSE, *[timedelta(hours=1)] * (len(waits) - 3)]
    assert all(map(near, waits, expected))
    assert "500" in feed.problem
    answer = await busy(advisor)
    assert (len(answer.busy), answer.closed) == (1, {})
    assert refreshed == [advisor]

    clock.set(MONDAY + timedelta(hours=6))
    await tick(minutes=1)
    assert "500" in (await busy(advisor)).closed[advisor]
    assert refreshed == [advisor, advisor]
    await tick(seconds=1)
    assert refreshed == [advisor, advisor]

    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await tick(minutes=80)
    assert (await busy(advisor)).closed == {}
    assert refreshed == [advisor, advisor, advisor]


async def test_a_feed_closes_in_time_even_when_its_next_reading_is_not_due(
    follow, region, advisor, clock, refreshed, database
):
    await follow(ics(LUNCH))
    clock.set(MONDAY + timedelta(hours=6, minutes=1))
    later = clock.now() + timedelta(hours=1)
    await database.execute("UPDATE calendar_ical_feed SET due_at = $1", later)
    await polling.poll(await region())
    assert refreshed == [advisor, advisor]


async def test_what_the_advisor_changed_meanwhile_is_not_overwritten_by_an_older_reading(
    follow, web, region, advisor, refreshed, busy, reread
):
    old = await follow(ics(LUNCH))
    web.answers["/b.ics"] = Answer(body=ics(DINNER))
    await feeds.save_feed(await region(), advisor, web.url("/b.ics"), Choice(), old)
    await polling.check(await region(), old)  # began before the change, ends after it
    web.answers["/a.ics"] = Answer(status=404)
    await polling.check(await region(), old)
    assert (await reread(old)).problem == ""
    (dinner,) = (await busy(advisor)).busy
    assert dinner.starts_at.hour == 18
    await feeds.remove_feed(await region(), await reread(old))
    await polling.check(await region(), old)
    assert (await busy(advisor)).busy == []


async def test_a_search_and_a_booking_never_wait_for_a_calendar_that_hangs(
    follow, web, region, advisor, structure, database, client, clock, reread
):
    await database.execute(
        "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon)"
        " VALUES ('33063', 'Bordeaux', 'bordeaux', '{33000}', '33', 260000, 44.83, -0.57)"
    )
    other = await make_advisor(database, structure)
    await make_opening(database, advisor, structure, channels=["phone"])
    feed = await follow(ics(LUNCH))
    beside = await follow(ics(LUNCH), "/b.ics", other)
    reached = asyncio.Event()

    def hang(_asked) -> Answer:
        reached.set()
        return Answer(delay=30)

    web.answers["/a.ics"] = hang
    web.answers["/b.ics"] = Answer(body=ics(DINNER))
    clock.advance(timedelta(minutes=12))
    context = await region()
    patient = replace(context, settings=replace(context.settings, timeout_seconds=3))
    hanging = asyncio.create_task(polling.poll(patient))
    await reached.wait()

    ask = {
        "structure": await database.fetch_value("SELECT slug FROM structure"),
        "channel": "phone",
    }
    slowest = 0.0
    for _ in range(5):
        started = time.perf_counter()
        found = await client.get("/api/v1/slots", params={**ask, "from": "2027-02-02T00:00:00Z"})
        slowest = max(slowest, time.perf_counter() - started)
        assert len(found.json()["starts"]) == 3
    started = time.perf_counter()
    booked = await client.post(
        "/api/v1/appointments",
        headers={"idempotency-key": "while a calendar hangs"},
        json={
            **ask,
            "starts_at": found.json()["starts"][1],
            "name": "Alix Essai",
            "email": "alix@example.org",
            "phone": "06 12 34 56 78",
            "birth_date": "2006-05-31",
            "commune": "33063",
            "consent": "2027-01",
        },
    )
    slowest = max(slowest, time.perf_counter() - started)
    assert booked.status_code == 201
    assert not hanging.done()
    assert slowest < 1.5
    await hanging
    assert "trop de temps" in (await reread(feed)).problem
    assert (await reread(beside)).problem == ""


async def test_where_the_plugin_is_off_nothing_is_read_and_nothing_is_said(
    follow, region, web, structure, database, tick, refreshed
):
    await follow(ics(LUNCH))
    elsewhere = await make_structure(database)
    await switch_off(database, structure)
    await tick(hours=7)
    assert [ref.id for ref in (await region()).structures] == [elsewhere]
    assert len(web.asked) == 1
    (line,) = await CalendarHealth().check(await region())
    assert (line.state, line.detail) == ("ok", "0 agenda suivi")


async def test_addresses_are_sealed_and_those_kept_in_clear_are_sealed_by_the_next_poll(
    follow, web, region, database, tick, reread, structure, refreshed
):
    feed = await follow(ics(LUNCH))
    assert "127.0.0.1" not in await database.fetch_value("SELECT url FROM calendar_ical_feed")
    await database.execute("UPDATE calendar_ical_feed SET url = $1", web.url("/a.ics"))
    await make_structure(database)
    await switch_off(database, structure)  # wherever it is on
    await tick()
    kept = await reread(feed)
    assert (kept.host, kept.problem) == ("127.0.0.1", "")
    assert "127.0.0.1" not in kept.url
    await polling.check(await region(), kept)
    assert len(web.asked) == 2
    await database.execute("UPDATE calendar_ical_feed SET url = 'tampered'")
    await polling.check(await region(), await reread(feed))
    assert "donnez-la de nouveau" in (await reread(feed)).problem


async def test_the_worker_runs_the_poll(platform, follow, web, clock, refreshed):
    await follow(ics(LUNCH))
    clock.advance(timedelta(minutes=12))
    await platform.plugins.fresh()
    (job,) = [job for job in Worker(platform).jobs() if job.key == "calendar_ical:poll"]
    assert await run_if_due(platform.db, job)
    assert len(web.asked) == 2


async def test_the_health_page_names_whose_calendar_is_in_trouble(
    follow, region, web, tick, clock, refreshed
):
    await follow(ics(LUNCH))
    await follow(ics(LUNCH), "/b.ics")
    (line,) = await CalendarHealth().check(await region())
    assert (line.state, line.detail) == ("ok", "2 agendas suivis")
    web.answers["/a.ics"] = Answer(status=404)
    await tick()
    (line,) = await CalendarHealth().check(await region())
    assert (line.state, "Camille E. (127.0.0.1)" in line.name) == ("degraded", True)
    clock.advance(timedelta(hours=7))
    lines = await CalendarHealth().check(await region())
    assert [line.state for line in lines] == ["failing", "failing"]
    assert lines[0].hint
