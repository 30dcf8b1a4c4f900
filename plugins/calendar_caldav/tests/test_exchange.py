from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from core.extension import events
from core.testing.factories import make_advisor, make_appointment, make_structure
from core.testing.plugin import MONDAY
from core.testing.web import Answer, loopback_server
from hookspecs import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    Refused,
    SlotQuery,
)
from plugins.calendar_caldav import accounts, background, joining, questions, sync
from plugins.calendar_caldav.exchange import Login
from plugins.calendar_caldav.health import CaldavHealth
from plugins.calendar_caldav.source import CaldavCalendars

from .conftest import PASSWORD, USER, switch

AT = datetime(2027, 2, 2, 13, tzinfo=UTC)
WORK = "/camille/bureau/"


def login(radicale, **changes) -> Login:
    return replace(Login(server=radicale.url, username=USER, password=PASSWORD), **changes)


@pytest.fixture
async def followed(radicale, region, advisor, refreshed):
    """The advisor's one calendar, taken into account."""
    radicale.make("bureau")
    await joining.set_account(await region(), advisor, login(radicale))
    await background.poll(await region())
    return radicale


async def again(region, clock) -> None:
    clock.advance(timedelta(minutes=12))
    await background.poll(await region())


async def deliver(platform, event) -> None:
    await platform.plugins.fresh()
    async with platform.db.atomic():
        await events.emit(platform, event)
    while await events.deliver_due(platform):
        pass
    assert await platform.db.fetch_value(
        "SELECT count(*) FROM outbox_delivery WHERE handler = 'calendar_caldav:follow'"
        " AND state <> 'done'"
    ) == 0  # fmt: skip


async def busy_of(region, advisor):
    query = SlotQuery(starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=(advisor,))
    return await CaldavCalendars().list_busy(await region(), query)


async def test_an_appointment_is_written_moved_and_removed_as_it_happens(
    platform, followed, advisor, structure
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    path = f"{WORK}{booked}.ics"
    event = AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=booked)
    await deliver(platform, event)
    await deliver(platform, event)  # at least once
    (there,) = Calendar.from_ical(followed.get(path)).events
    assert (there["UID"], there["SEQUENCE"]) == (f"{booked}@so-mobilite", 0)
    assert there.start == AT
    assert "Alix" not in followed.get(path)

    await platform.db.execute(
        "UPDATE appointment SET starts_at = $2, ends_at = $3, sequence = 1 WHERE id = $1",
        booked,
        AT + timedelta(days=1),
        AT + timedelta(days=1, hours=1),
    )
    await deliver(
        platform,
        AppointmentChanged(structure_id=structure, at=MONDAY, appointment_id=booked, sequence=1),
    )
    (there,) = Calendar.from_ical(followed.get(path)).events
    assert (there["SEQUENCE"], there.start) == (1, AT + timedelta(days=1))

    await platform.db.execute(
        "UPDATE appointment SET status = 'cancelled_by_youth', sequence = 2 WHERE id = $1", booked
    )
    cancelled = AppointmentCancelled(
        structure_id=structure, at=MONDAY, appointment_id=booked, sequence=2
    )
    await deliver(platform, cancelled)
    await deliver(platform, cancelled)
    assert followed.get(path) == ""
    assert await platform.db.fetch_value("SELECT count(*) FROM calendar_caldav_event") == 0


async def test_what_an_event_missed_is_made_good_by_the_next_comparison(
    platform, followed, advisor, structure, region, clock
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    assert followed.get(f"{WORK}{booked}.ics") == ""
    await again(region, clock)
    assert str(booked) in followed.get(f"{WORK}{booked}.ics")


async def test_a_server_that_is_away_fails_no_event_and_the_comparison_catches_up(
    platform, followed, advisor, structure, region, clock, database
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    url = await database.fetch_value("SELECT server FROM calendar_caldav_account")
    await database.execute("UPDATE calendar_caldav_account SET server = 'http://127.0.0.1:9/'")
    await database.execute("UPDATE calendar_caldav_account SET calendar = $1", f"http://127.0.0.1:9{WORK}")  # fmt: skip
    await deliver(
        platform, AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=booked)
    )
    account = await accounts.read_account(await region(), advisor)
    assert "ne répond pas" in account.problem
    await database.execute(
        "UPDATE calendar_caldav_account SET server = $1, calendar = $2", url, url + WORK[1:]
    )
    await again(region, clock)
    assert str(booked) in followed.get(f"{WORK}{booked}.ics")
    assert (await accounts.read_account(await region(), advisor)).problem == ""


async def test_a_reassigned_appointment_goes_from_one_advisors_calendar_to_the_others(
    platform, followed, advisor, structure, region, clock
):
    other = await make_advisor(platform.db, structure)
    followed.make("collegue")
    account = await joining.set_account(await region(), other, login(followed))
    await joining.choose_calendar(await region(), account, f"{followed.url}camille/collegue/")
    booked = await make_appointment(platform.db, advisor, structure, AT)
    await again(region, clock)
    assert followed.get(f"{WORK}{booked}.ics")
    await platform.db.execute(
        "UPDATE appointment SET advisor = $2, sequence = 1 WHERE id = $1", booked, other
    )
    await deliver(
        platform,
        AppointmentChanged(structure_id=structure, at=MONDAY, appointment_id=booked, sequence=1),
    )
    assert followed.get(f"{WORK}{booked}.ics") == ""
    (there,) = Calendar.from_ical(followed.get(f"/camille/collegue/{booked}.ics")).events
    assert (there["UID"], there["SEQUENCE"]) == (f"{booked}@so-mobilite", 1)


async def test_an_appointment_is_at_its_hour_on_the_wall_on_both_sides_of_a_change_of_clocks(
    platform, followed, advisor, structure, region, clock
):
    for on_the_wall in ("2027-03-22T10:00:00+01:00", "2027-04-05T10:00:00+02:00"):
        at = datetime.fromisoformat(on_the_wall)
        booked = await make_appointment(platform.db, advisor, structure, at)
        await again(region, clock)
        (there,) = Calendar.from_ical(followed.get(f"{WORK}{booked}.ics")).events
        assert there.start == at


async def test_busy_time_is_read_back_without_our_own_free_and_cancelled_events(
    platform, followed, advisor, structure, region, clock, refreshed
):
    await make_appointment(platform.db, advisor, structure, AT)
    await again(region, clock)
    assert (await busy_of(region, advisor)).busy == []
    assert refreshed == []
    followed.put(f"{WORK}a.ics", "DTSTART:20270202T080000Z\nDTEND:20270202T090000Z")
    followed.put(f"{WORK}b.ics", "DTSTART:20270203T080000Z\nDTEND:20270203T090000Z\nTRANSP:TRANSPARENT")  # fmt: skip
    followed.put(f"{WORK}c.ics", "DTSTART:20270203T100000Z\nDTEND:20270203T110000Z\nSTATUS:CANCELLED")  # fmt: skip
    followed.put(
        f"{WORK}d.ics",
        "DTSTART;TZID=Europe/Paris:20270326T090000\nDTEND;TZID=Europe/Paris:20270326T100000\n"
        "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Paris:20270327T090000",
    )
    await again(region, clock)
    answer = await busy_of(region, advisor)
    assert [busy.starts_at for busy in answer.busy] == [
        datetime(2027, 2, 2, 8, tzinfo=UTC),
        datetime(2027, 3, 26, 8, tzinfo=UTC),
        datetime(2027, 3, 28, 7, tzinfo=UTC),  # the clocks have changed
        datetime(2027, 3, 29, 7, tzinfo=UTC),
    ]
    assert refreshed == [advisor]
    await again(region, clock)
    assert refreshed == [advisor]


async def test_an_event_moved_there_is_a_question_and_never_moves_the_appointment(
    platform, followed, advisor, structure, region, clock, database
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    path = f"{WORK}{booked}.ics"
    await again(region, clock)
    followed.change(path, "20270202T13", "20270202T15")
    followed.change(path, "20270202T14", "20270202T16")
    await again(region, clock)
    (question,) = await questions.list_questions(await region(), advisor)
    assert question.appointment.id == booked
    assert question.found_at == AT + timedelta(hours=2)
    assert await database.fetch_value("SELECT starts_at FROM appointment") == AT
    assert "20270202T15" in followed.get(path)
    assert (await busy_of(region, advisor)).busy == []

    account = await accounts.read_account(await region(), advisor)
    await sync.put_back(await region(), account, question.appointment)
    assert "20270202T13" in followed.get(path)
    assert await questions.list_questions(await region(), advisor) == ()
    await again(region, clock)
    assert await questions.list_questions(await region(), advisor) == ()


async def test_an_event_deleted_there_is_a_question_until_it_is_settled_here(
    platform, followed, advisor, structure, region, clock, database
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    path = f"{WORK}{booked}.ics"
    await again(region, clock)
    followed.delete(path)
    await again(region, clock)
    await again(region, clock)
    (question,) = await questions.list_questions(await region(), advisor)
    assert question.found_at is None
    assert followed.get(path) == ""
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"

    await database.execute("UPDATE appointment SET sequence = 1")  # changed here
    await again(region, clock)
    assert await questions.list_questions(await region(), advisor) == ()
    assert "SEQUENCE:1" in followed.get(path)


async def test_an_event_moved_out_of_the_window_is_not_taken_for_deleted(
    platform, followed, advisor, structure, region, clock
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    path = f"{WORK}{booked}.ics"
    await again(region, clock)
    followed.change(path, "20270202T13", "20260202T13")
    followed.change(path, "20270202T14", "20260202T14")
    await again(region, clock)
    (question,) = await questions.list_questions(await region(), advisor)
    assert question.found_at == AT.replace(year=2026)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"password": "faux"}, "password", "refusé"),
        ({"server": "http://127.0.0.1:9/"}, "server", "ne répond pas"),
        ({"server": "https://10.1.2.3/"}, "server", "réseau privé"),
        ({"server": "https://localhost/"}, "server", "réseau privé"),
        ({"server": "http://example.org/"}, "server", "https://"),
        ({"server": "ftp://example.org/"}, "server", "https://"),
        ({"server": "bonjour"}, "server", "https://"),
    ],
)
async def test_an_account_that_does_not_work_is_refused_with_the_reason_and_nothing_is_kept(
    radicale, region, advisor, changes, field, words
):
    radicale.make("bureau")
    with pytest.raises(Refused, match=words) as refusal:
        await joining.set_account(await region(), advisor, login(radicale, **changes))
    assert refusal.value.field == field
    assert await accounts.read_account(await region(), advisor) is None


async def test_a_page_that_is_no_caldav_server_and_an_endless_answer_are_refused(
    region, advisor, platform
):
    async with loopback_server() as web:
        to = Login(server=web.url("/dav/"), username=USER, password=PASSWORD)
        for answer, words in (
            (Answer(body=b"<html>bonjour</html>", headers={"Content-Type": "text/html"}), "CalDAV"),
            (Answer(body=b"x" * 6_000_000), "plus de 5 Mo"),
            (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "https://"),
            (Answer(status=302, headers={"Location": "https://10.0.0.1/"}), "réseau privé"),
            (Answer(status=302, headers={"Location": "/dav/"}), "sans fin"),
            (Answer(status=500), "500"),
        ):
            web.answers["/dav/"] = answer
            with pytest.raises(Refused, match=words):
                await joining.set_account(await region(), advisor, to)
        web.answers["/dav/"] = Answer(delay=30)
        slow = replace(await region(), settings=replace((await region()).settings, timeout_seconds=0.2))  # fmt: skip
        with pytest.raises(Refused, match="trop de temps"):
            await joining.set_account(slow, advisor, to)


async def test_a_server_that_wants_digest_is_given_digest(region, advisor):
    async with loopback_server() as web:

        def ask(asked):
            proof = asked.headers.get("authorization", "")
            if proof.startswith("Digest"):
                assert PASSWORD not in proof
                return Answer(status=500)
            wanted = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
            return Answer(status=401, headers={"WWW-Authenticate": wanted})

        web.answers["/dav/"] = ask
        with pytest.raises(Refused, match="500"):
            await joining.set_account(
                await region(), advisor, Login(server=web.url("/dav/"), username=USER, password=PASSWORD)
            )  # fmt: skip


async def test_the_password_is_sealed_for_its_advisor(followed, region, advisor, structure, database):  # fmt: skip
    stored = await database.fetch_value("SELECT password FROM calendar_caldav_account")
    assert PASSWORD not in stored
    account = await accounts.read_account(await region(), advisor)
    assert account.login(await region()).password == PASSWORD
    other = await make_advisor(database, structure)
    await database.execute("UPDATE calendar_caldav_account SET advisor = $1", other)
    await background.poll(replace(await region(), now=MONDAY + timedelta(minutes=12)))
    stolen = await accounts.read_account(await region(), other)
    assert "n’est plus lisible" in stolen.problem


async def test_among_several_calendars_one_is_chosen_and_task_lists_are_not_offered(
    platform, radicale, region, advisor, structure, clock, refreshed
):
    radicale.make("bureau", label="Travail")
    radicale.make("home", label="Maison")
    radicale.make("tasks", "VTODO")
    booked = await make_appointment(platform.db, advisor, structure, AT)
    account = await joining.set_account(await region(), advisor, login(radicale))
    assert sorted(ref.name for ref in account.calendars) == ["Maison", "Travail"]
    assert account.calendar == ""
    await background.poll(await region())
    assert radicale.get(f"{WORK}{booked}.ics") == ""
    urls = {ref.name: ref.url for ref in account.calendars}
    with pytest.raises(Refused):
        await joining.choose_calendar(await region(), account, radicale.url + "autre/")
    await joining.choose_calendar(await region(), account, urls["Travail"])
    await background.poll(await region())
    assert radicale.get(f"{WORK}{booked}.ics")

    account = await accounts.read_account(await region(), advisor)
    assert await joining.choose_calendar(await region(), account, urls["Maison"])
    assert radicale.get(f"{WORK}{booked}.ics") == ""
    await again(region, clock)
    assert radicale.get(f"/camille/home/{booked}.ics")

    account = await accounts.read_account(await region(), advisor)
    assert await joining.remove_account(await region(), account)
    assert radicale.get(f"/camille/home/{booked}.ics") == ""
    assert (await busy_of(region, advisor)).busy == []


async def test_a_failing_calendar_backs_off_then_closes_and_opens_again(
    followed, region, advisor, clock, refreshed, database
):
    followed.put(f"{WORK}a.ics", "DTSTART:20270202T080000Z\nDTEND:20270202T090000Z")
    await again(region, clock)
    sealed = await database.fetch_value("SELECT password FROM calendar_caldav_account")
    bad = (await region()).services.seal(f"calendar_caldav:{advisor}", "faux")
    await database.execute("UPDATE calendar_caldav_account SET password = $1", bad)
    waits = []
    for _ in range(4):
        clock.set((await accounts.read_account(await region(), advisor)).due_at)
        await background.poll(await region())
        waits.append((await accounts.read_account(await region(), advisor)).due_at - clock.now())
    expected = [timedelta(minutes=minutes) for minutes in (10, 20, 40, 60)]
    assert all(abs(a - b) <= b * 0.15 for a, b in zip(waits, expected, strict=True))
    answer = await busy_of(region, advisor)
    assert (len(answer.busy), answer.closed) == (1, {})
    (line,) = await CaldavHealth().check(await region())
    assert line.state == "degraded"
    assert refreshed == [advisor]

    clock.set(MONDAY + timedelta(hours=7))
    await background.poll(await region())
    assert "refusé" in (await busy_of(region, advisor)).closed[advisor]
    assert refreshed == [advisor, advisor]
    (line,) = await CaldavHealth().check(await region())
    assert line.state == "failing"

    await database.execute("UPDATE calendar_caldav_account SET password = $1", sealed)
    clock.advance(timedelta(minutes=80))
    await background.poll(await region())
    assert (await busy_of(region, advisor)).closed == {}
    assert refreshed == [advisor, advisor, advisor]


async def test_an_unreadable_event_is_said_and_what_was_known_stays(
    followed, region, advisor, clock
):
    followed.put(f"{WORK}a.ics", "DTSTART:20270202T080000Z\nDTEND:20270202T090000Z")
    await again(region, clock)
    followed.put(
        f"{WORK}b.ics",
        "SUMMARY:Battement\nDTSTART:20270202T080000Z\nDTEND:20270202T080001Z\nRRULE:FREQ=MINUTELY;COUNT=3",
    )
    await again(region, clock)
    assert "Battement" in (await accounts.read_account(await region(), advisor)).problem
    assert len((await busy_of(region, advisor)).busy) == 1


async def test_where_the_plugin_is_off_nothing_is_read_and_what_is_there_stays(
    platform, followed, advisor, structure, region, clock, database
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    await again(region, clock)
    await switch(database, await make_structure(database), "on")
    await switch(database, structure, "off")
    await database.execute("UPDATE appointment SET status = 'cancelled_by_youth', sequence = 1")
    before = await accounts.read_account(await region(), advisor)
    await again(region, clock)
    assert await accounts.read_account(await region(), advisor) == before
    assert followed.get(f"{WORK}{booked}.ics")
