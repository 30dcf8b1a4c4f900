"""Several at once: two processes, an event behind a comparison, a page beside it, a server that hangs."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from core.testing.factories import make_appointment, make_opening, make_structure
from core.testing.plugin import MONDAY
from core.testing.web import Answer, loopback_server
from hookspecs import AppointmentBooked, Refused, SlotQuery
from plugins.calendar_caldav import accounts, background, joining, questions, sync
from plugins.calendar_caldav.exchange import Login
from plugins.calendar_caldav.source import CaldavCalendars

from .conftest import PASSWORD, USER, switch

AT = datetime(2027, 2, 2, 13, tzinfo=UTC)
WORK = "/camille/bureau/"


@pytest.fixture
async def followed(radicale, region, advisor):
    """The advisor's one calendar, taken into account."""
    radicale.make("bureau")
    login = Login(server=radicale.url, username=USER, password=PASSWORD)
    await joining.set_account(await region(), advisor, login)
    await background.poll(await region())
    return radicale


@pytest.fixture
def again(region, clock):
    """A while later, the job runs."""

    async def do() -> None:
        clock.advance(timedelta(minutes=12))
        await background.poll(await region())

    return do


async def test_two_processes_that_compare_at_once_write_an_appointment_once(
    platform, followed, advisor, structure, region, clock
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    clock.advance(timedelta(minutes=12))
    contexts = [await region() for _ in range(3)]
    event = AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=booked)
    await asyncio.gather(
        *(background.poll(context) for context in contexts),
        background.FollowAppointments().handle(contexts[0], event),
    )
    assert followed.asked.count(("PUT", f"{WORK}{booked}.ics")) == 1
    account = await accounts.read_account(await region(), advisor)
    assert account.due_at <= clock.now()  # who came second is not forgotten
    await background.poll(await region())
    assert followed.asked.count(("PUT", f"{WORK}{booked}.ics")) == 1


async def test_while_a_calendar_is_compared_its_account_does_not_change(
    platform, followed, advisor, structure, region, again
):
    booked = await make_appointment(platform.db, advisor, structure, AT)
    await again()
    context = await region()
    (account,) = await accounts.claim(context, [advisor])
    assert await accounts.claim(context, [advisor]) == []
    (view,) = await context.services.list_appointments(advisor, AT, AT + timedelta(hours=1))
    login = account.login(context)
    for change in (
        joining.set_account(context, advisor, login),
        joining.remove_account(context, account),
        sync.put_back(context, account, view),
    ):
        with pytest.raises(Refused, match="en train d’être comparé"):
            await change
    await accounts.release(context, advisor)
    assert await joining.remove_account(context, account)
    assert followed.get(f"{WORK}{booked}.ics") == ""
    await sync.synchronise(context, account)  # began before, ends after
    assert await accounts.read_account(context, advisor) is None
    assert followed.get(f"{WORK}{booked}.ics") == ""


async def test_an_event_of_one_structure_leaves_the_questions_about_another_alone(
    platform, followed, advisor, structure, region, again
):
    elsewhere = await make_structure(platform.db)
    await switch(platform.db, elsewhere, "on")
    first = await make_appointment(platform.db, advisor, elsewhere, AT)
    await again()
    followed.delete(f"{WORK}{first}.ics")
    await again()
    assert len(await questions.list_questions(await region(), advisor)) == 1
    second = await make_appointment(platform.db, advisor, structure, AT + timedelta(days=1))
    here = platform.context("calendar_caldav", await platform.plugins.fresh(), structure)
    event = AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=second)
    await background.FollowAppointments().handle(here, event)
    assert followed.get(f"{WORK}{second}.ics")
    assert len(await questions.list_questions(await region(), advisor)) == 1


async def test_titles_are_kept_only_when_wanted_and_never_those_of_private_events(
    followed, advisor, region, again
):
    followed.put(f"{WORK}a.ics", "SUMMARY:Réunion\nDTSTART:20270202T080000Z\nDTEND:20270202T090000Z")  # fmt: skip
    followed.put(f"{WORK}b.ics", "SUMMARY:Santé\nCLASS:CONFIDENTIAL\nDTSTART:20270203T080000Z\nDTEND:20270203T090000Z")  # fmt: skip

    async def labels():
        query = SlotQuery(
            starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=(advisor,)
        )
        found = await CaldavCalendars().list_busy(await region(), query)
        return sorted(one.label for one in found.busy)

    await again()
    assert await labels() == ["", ""]
    account = await accounts.read_account(await region(), advisor)
    login = account.login(await region())
    await joining.set_account(await region(), advisor, login, is_titled=True)
    await again()
    assert await labels() == ["", "Réunion"]


async def test_a_search_never_waits_for_a_server_that_hangs_and_an_event_not_for_long(
    platform, advisor, structure, region, client, database, clock, monkeypatch
):
    await make_opening(database, advisor, structure, channels=["phone"])
    await platform.services.refresh_slots([advisor])
    monkeypatch.setattr(background, "_QUICK_SECONDS", 0.5)
    async with loopback_server() as web:
        sealed = platform.services.seal(f"calendar_caldav:{advisor}", PASSWORD)
        await database.execute(
            "INSERT INTO calendar_caldav_account (advisor, server, username, password, calendars, calendar, due_at,"
            " leased_until, succeeded_at) VALUES ($1, $2, 'camille', $3, '[]', $2, $4, $4, $4)",
            advisor,
            web.url("/dav/"),
            sealed,
            clock.now(),
        )
        reached = asyncio.Event()

        def hang(_asked) -> Answer:
            reached.set()
            return Answer(delay=30)

        web.answers["/dav/"] = hang
        context = await region()
        patient = replace(context, settings=replace(context.settings, timeout_seconds=1.5))
        hanging = asyncio.create_task(background.poll(patient))
        await reached.wait()
        slug = await database.fetch_value("SELECT slug FROM structure")
        started = time.perf_counter()
        found = await client.get(
            "/api/v1/slots",
            params={"structure": slug, "channel": "phone", "from": "2027-02-02T00:00:00Z"},
        )
        assert time.perf_counter() - started < 1
        assert len(found.json()["starts"]) == 3
        assert not hanging.done()
        await hanging
        assert "trop de temps" in (await accounts.read_account(context, advisor)).problem

        booked = await make_appointment(database, advisor, structure, AT)
        event = AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=booked)
        started = time.perf_counter()
        await background.FollowAppointments().handle(await region(), event)
        assert time.perf_counter() - started < 3
