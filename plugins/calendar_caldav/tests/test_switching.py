"""A structure gives the plugin up, or takes it: what stands in its advisors' calendars, and what is known of them here."""

from datetime import UTC, datetime, timedelta

import pytest

from core.extension import events, reactions
from core.testing.factories import join, make_appointment, make_structure
from core.testing.plugin import MONDAY
from hookspecs import SlotQuery
from plugins.calendar_caldav import accounts, background, joining
from plugins.calendar_caldav.exchange import Login
from plugins.calendar_caldav.source import CaldavCalendars

from .conftest import PASSWORD, USER, switch

AT = datetime(2027, 2, 2, 13, tzinfo=UTC)
WORK = "/camille/bureau/"
BUSY = "DTSTART:20270203T090000Z\nDTEND:20270203T100000Z\nSUMMARY:Dentiste"


@pytest.fixture
async def followed(radicale, region, advisor):
    """The advisor's one calendar, with an hour of their own."""
    radicale.make("bureau")
    radicale.put(f"{WORK}dentiste.ics", BUSY)
    login = Login(server=radicale.url, username=USER, password=PASSWORD)
    await joining.set_account(await region(), advisor, login)
    return radicale


async def tell(platform):
    await reactions.tell(platform)
    await platform.db.execute("UPDATE outbox_delivery SET due_at = now() WHERE state = 'due'")
    while await events.deliver_due(platform):
        pass
    return await platform.db.fetch_value(
        "SELECT problem FROM outbox_delivery WHERE state = 'due' LIMIT 1"
    )


async def answer_of(region, advisor):
    query = SlotQuery(starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=(advisor,))
    return await CaldavCalendars().list_busy(await region(), query)


async def test_off_takes_coming_appointments_out_and_on_brings_them_back_at_once(
    platform, followed, region, advisor, structure, clock
):
    past = await make_appointment(platform.db, advisor, structure, MONDAY + timedelta(minutes=5))
    coming = await make_appointment(platform.db, advisor, structure, AT)
    await background.poll(await region())
    assert await tell(platform) is None
    assert followed.get(f"{WORK}{coming}.ics")
    clock.advance(timedelta(hours=2))

    await switch(platform.db, structure, "off")
    assert await tell(platform) is None
    assert not followed.get(f"{WORK}{coming}.ics")
    assert followed.get(f"{WORK}{past}.ics"), "what has been stays"
    assert followed.get(f"{WORK}dentiste.ics"), "what is not ours is not ours"
    answer = await answer_of(region, advisor)
    assert (answer.busy, list(answer.closed)) == ([], [advisor]), "forgotten, and not trusted"

    await switch(platform.db, structure, "on")
    assert await tell(platform) is None
    await background.poll(await region())
    assert followed.get(f"{WORK}{coming}.ics")
    answer = await answer_of(region, advisor)
    assert (len(answer.busy), answer.closed) == (1, {})


async def test_where_the_advisor_also_works_for_another_structure_the_calendar_goes_on(
    platform, followed, region, advisor, structure
):
    other = await make_structure(platform.db, "Autre structure")
    await switch(platform.db, other, "on")
    account = await platform.db.fetch_value("SELECT account FROM advisor WHERE id = $1", advisor)
    await join(platform.db, account, other)
    await tell(platform)
    here = await make_appointment(platform.db, advisor, structure, AT)
    there = await make_appointment(platform.db, advisor, other, AT + timedelta(days=1))
    await background.poll(await region())
    await switch(platform.db, structure, "off")
    assert await tell(platform) is None
    assert not followed.get(f"{WORK}{here}.ics")
    assert followed.get(f"{WORK}{there}.ics")
    answer = await answer_of(region, advisor)
    assert (len(answer.busy), answer.closed) == (1, {})


async def test_a_calendar_that_is_being_compared_is_told_again_and_keeps_nothing_in_the_end(
    platform, followed, region, advisor, structure
):
    coming = await make_appointment(platform.db, advisor, structure, AT)
    await background.poll(await region())
    await tell(platform)
    await switch(platform.db, structure, "off")
    async with accounts.alone(await region(), advisor):
        assert "réessayez" in await tell(platform)
        assert followed.get(f"{WORK}{coming}.ics")
    assert await tell(platform) is None
    assert not followed.get(f"{WORK}{coming}.ics")
