"""A youth's name goes from somebody else's server too when their traces go."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from core.privacy.retention import anonymise
from core.testing.factories import make_appointment
from plugins.calendar_caldav import accounts, background, joining
from plugins.calendar_caldav.exchange import Login

from .conftest import PASSWORD, USER, switch

AT = datetime(2027, 2, 2, 13, tzinfo=UTC)
WORK = "/camille/bureau/"


@pytest.fixture
async def told(platform, radicale, region, advisor, structure, clock, refreshed):
    """Three appointments in the advisor's calendar, by name, long over; one was deleted there."""
    radicale.make("bureau")
    login = Login(server=radicale.url, username=USER, password=PASSWORD)
    await joining.set_account(await region(), advisor, login)
    context = await region()
    for day in range(3):
        await make_appointment(platform.db, advisor, structure, AT + timedelta(days=day))
    await background.poll(replace(context, settings=replace(context.settings, show_names=True)))
    rows = await platform.db.fetch("SELECT id, youth FROM appointment ORDER BY starts_at")
    paths = [f"{WORK}{row['id']}.ics" for row in rows]
    assert all("Alix" in radicale.get(path) for path in paths)
    radicale.delete(paths[2])
    clock.advance(timedelta(days=400))
    return rows, paths


async def forgotten(database) -> int:
    return await database.fetch_value(
        "SELECT count(*) FROM calendar_caldav_event WHERE is_forgotten"
    )


async def test_an_erased_name_leaves_the_events_of_that_person_only_and_nothing_deleted_comes_back(
    platform, radicale, region, told
):
    rows, paths = told
    before = radicale.get(paths[1])
    await anonymise(platform, [rows[0]["youth"], rows[2]["youth"]])
    assert "Alix" in radicale.get(paths[0])  # an erasure waits for nobody's server
    await background.poll(await region())
    there = radicale.get(paths[0])
    assert "Alix" not in there
    assert f"UID:{rows[0]['id']}@so-mobilite" in there
    assert "DTSTART:20270202T130000Z" in there
    assert radicale.get(paths[1]) == before
    assert radicale.get(paths[2]) == ""
    assert await forgotten(platform.db) == 0
    asked = len(radicale.asked)
    await anonymise(platform, [rows[0]["youth"]])
    assert await forgotten(platform.db) == 0
    await background.poll(await region())
    assert ("PUT", paths[0]) not in radicale.asked[asked:]


async def test_a_name_is_owed_until_the_server_answers_and_where_the_plugin_is_off_too(
    platform, radicale, region, told, advisor, structure, clock
):
    rows, paths = told
    await switch(platform.db, structure, "off")
    await anonymise(platform, [row["youth"] for row in rows])
    wrong = platform.services.seal(accounts.purpose(advisor), "un autre")
    right = await platform.db.fetch_value("SELECT password FROM calendar_caldav_account")
    await platform.db.execute("UPDATE calendar_caldav_account SET password = $1", wrong)
    await background.poll(await region())
    account = await accounts.read_account(await region(), advisor)
    assert (account.failures, await forgotten(platform.db)) == (1, 3)
    assert account.due_at > clock.now()
    await platform.db.execute("UPDATE calendar_caldav_account SET password = $1", right)
    clock.advance(timedelta(hours=1))
    radicale.asked.clear()
    await background.poll(await region())
    assert "Alix" not in radicale.get(paths[0]) + radicale.get(paths[1])
    assert await forgotten(platform.db) == 0
    assert not {"REPORT", "PROPFIND"} & {method for method, _path in radicale.asked}
