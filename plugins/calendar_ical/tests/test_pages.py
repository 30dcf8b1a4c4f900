import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_appointment,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY
from core.testing.web import Answer
from plugins.calendar_ical import address, feeds
from plugins.calendar_ical.banner import banner

from .conftest import ics

HERE = "/p/calendar_ical/"
LUNCH = "DTSTART:20270202T110000Z\nDTEND:20270202T130000Z"


@pytest.fixture
async def camille(platform, client, advisor):
    return await signed_in(platform, client, await account_of(platform.db, advisor))


async def send(client, path: str, **data):
    return await client.post(HERE + path, data={"_csrf_token": await form_token(client), **data})


async def create_address(client) -> str:
    answer = await send(client, "adresse")
    assert answer.status_code == 200
    return re.search(r'value="http://[^/]+(/p/calendar_ical/[^"]+\.ics)"', answer.text)[1]


async def test_a_calendar_program_reads_the_appointments_at_the_secret_address(
    platform, camille, client, advisor, structure
):
    coming = await make_appointment(
        platform.db, advisor, structure, MONDAY + timedelta(days=3), sequence=2
    )
    await make_appointment(
        platform.db, advisor, structure, MONDAY + timedelta(days=4), status="cancelled_by_youth"
    )
    path = await create_address(camille)
    client.cookies.clear()
    answer = await client.get(path)
    assert answer.headers["content-type"].startswith("text/calendar")
    first, second = Calendar.from_ical(answer.content).events
    assert first["UID"] == f"{coming}@so-mobilite"
    assert first["SEQUENCE"] == 2
    assert first.start == MONDAY + timedelta(days=3)
    assert [first["STATUS"], second["STATUS"]] == ["CONFIRMED", "CANCELLED"]
    assert "Essai" not in answer.text.replace("Info Jeunes Essai", "")


async def test_names_are_in_the_feed_only_when_the_coordination_wants_them(
    platform, region, advisor, structure
):
    await make_appointment(platform.db, advisor, structure, MONDAY + timedelta(days=3))
    context = await region()
    token = (await address.renew_address(context, advisor)).rsplit("/", 1)[1].removesuffix(".ics")
    assert b"Alix Essai" not in await address.write_calendar(context, token)
    named = replace(context, settings=replace(context.settings, show_names=True))
    assert b"Alix Essai" in await address.write_calendar(named, token)


async def test_the_address_is_kept_as_a_hash_shown_once_and_renewing_it_kills_the_former(
    platform, camille
):
    path = await create_address(camille)
    token = path.rsplit("/", 1)[1].removesuffix(".ics")
    stored = await platform.db.fetch_value("SELECT token_hash FROM calendar_ical_address")
    assert token.encode() not in stored
    assert token not in (await camille.get(HERE)).text
    assert (await camille.get(path)).status_code == 200
    fresh = await create_address(camille)
    assert (await camille.get(path)).status_code == 404
    assert (await camille.get(fresh)).status_code == 200
    assert (await send(camille, "adresse/supprimer")).status_code == 303
    assert (await camille.get(fresh)).status_code == 404


@pytest.mark.parametrize("name", ["x.ics", "x", ".ics", "%00.ics", "é.ics", "x" * 3000 + ".ics"])
async def test_a_forged_address_leads_nowhere(client, advisor, name):
    assert (await client.get(HERE + name)).status_code == 404


async def test_where_the_plugin_is_off_feed_page_and_appointments_are_gone_and_come_back(
    platform, camille, advisor, structure
):
    await make_appointment(platform.db, advisor, structure, MONDAY + timedelta(days=3))
    path = await create_address(camille)
    await make_structure(platform.db)  # where it stays on
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('calendar_ical', $1, 'off', now())",
        structure,
    )
    await platform.plugins.fresh()
    assert (await camille.get(path)).status_code == 404
    assert (await camille.get(HERE)).status_code == 404
    await platform.db.execute("DELETE FROM plugin_switch")
    await platform.plugins.fresh()
    assert (await camille.get(path)).status_code == 200
    assert (await camille.get(HERE)).status_code == 200


async def test_the_page_is_for_advisors_only(platform, client, advisor):
    assert (await client.get(HERE)).status_code == 303
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    assert (await client.get(HERE)).status_code == 404


async def test_the_menu_shows_the_page_only_to_advisors_where_the_plugin_is_on(
    platform, camille, structure, advisor
):
    entry = f'href="{HERE}"'
    fiches = (await camille.get("/fiches")).text
    assert entry in fiches
    assert ">Mon calendrier<" in fiches
    assert ">My calendar<" in (await camille.get("/fiches?lang=en")).text
    await make_structure(platform.db)  # where it stays on
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('calendar_ical', $1, 'off', now())",
        structure,
    )
    await platform.plugins.fresh()
    assert entry not in (await camille.get("/fiches")).text
    boss = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, camille, boss)
    assert entry not in (await camille.get("/fiches")).text


async def test_an_address_that_works_is_kept_and_one_that_does_not_is_said_beside_the_field(
    platform, camille, advisor, region, web, refreshed
):
    web.answers["/a.ics"] = Answer(status=404)
    answer = await send(camille, "agenda-externe", url=web.url("/a.ics"))
    assert answer.status_code == 422
    assert "n’existe plus" in answer.text
    assert web.url("/a.ics") in answer.text
    for broken, words in (("", "nécessaire"), ("bonjour", "https://"), ("x" * 3000, "trop long")):
        answer = await send(camille, "agenda-externe", url=broken)
        assert answer.status_code == 422
        assert words in answer.text
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    answer = await send(camille, "agenda-externe", url=web.url("/a.ics"))
    assert answer.status_code == 303
    page = await camille.get(HERE)
    assert "est lu toutes les 10 minutes" in page.text
    assert "/a.ics" not in page.text
    assert refreshed == [advisor]


async def test_the_page_says_in_words_how_the_calendar_is_and_reads_it_on_demand(
    platform, camille, advisor, region, web, refreshed, clock
):
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await feeds.set_feed(await region(), advisor, web.url("/a.ics"))
    web.answers["/a.ics"] = Answer(status=500)
    assert (await send(camille, "agenda-externe/verifier")).status_code == 303
    page = (await camille.get(HERE)).text
    assert "répond mal" in page
    assert "erreur (500)" in page
    clock.advance(timedelta(hours=7))
    assert "Vos créneaux sont masqués" in (await camille.get(HERE)).text
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await send(camille, "agenda-externe/verifier")
    assert "est lu toutes les" in (await camille.get(HERE)).text
    assert (await send(camille, "agenda-externe/supprimer")).status_code == 303
    assert "aucun agenda" in (await camille.get(HERE)).text
    assert (await send(camille, "agenda-externe/verifier")).status_code == 404


async def test_the_agenda_carries_a_banner_only_in_trouble(
    platform, advisor, region, web, refreshed, clock
):
    values = {"advisor_id": advisor}
    assert await banner(await region(), values) is None
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await feeds.set_feed(await region(), advisor, web.url("/a.ics"))
    assert await banner(await region(), values) is None
    web.answers["/a.ics"] = Answer(status=500)
    clock.advance(timedelta(minutes=11))
    await feeds.poll(await region())
    found = await banner(await region(), values)
    assert "répond mal" in platform.services.render("calendar_ical/banner.html", found)
    clock.advance(timedelta(hours=6))
    found = await banner(await region(), values)
    assert "sont masqués" in platform.services.render("calendar_ical/banner.html", found)
