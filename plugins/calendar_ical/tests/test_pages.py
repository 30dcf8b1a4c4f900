import re
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from core.booking.views import read_view
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY
from core.testing.web import Answer
from hookspecs import Notice
from plugins.calendar_ical import address, polling
from plugins.calendar_ical.banner import banner
from plugins.notifications_email.invitation import invitation

from .conftest import LUNCH, ics, switch_off

HERE = "/p/calendar_ical/"


@pytest.fixture
async def camille(platform, client, advisor):
    return await signed_in(platform, client, await account_of(platform.db, advisor))


def plain(answer) -> str:
    """The text with ordinary spaces."""
    return answer.text.replace("\u202f", " ").replace("\xa0", " ")


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
    await switch_off(platform.db, structure)
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
    manager = await make_account(platform.db)  # who holds no interviews
    await join(platform.db, manager, structure, role="manager")
    await signed_in(platform, camille, manager)
    assert entry not in (await camille.get("/fiches")).text
    await signed_in(platform, camille, await account_of(platform.db, advisor))
    await make_structure(platform.db)  # where it stays on
    await switch_off(platform.db, structure)
    await platform.plugins.fresh()
    assert entry not in (await camille.get("/fiches")).text
    boss = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, camille, boss)
    assert entry not in (await camille.get("/fiches")).text


async def test_an_address_that_works_is_kept_and_one_that_does_not_is_said_beside_the_field(
    camille, advisor, web, refreshed
):
    web.answers["/a.ics"] = Answer(status=404)
    given = {"use": "busy", "url": web.url("/a.ics"), "name": "Perso"}
    answer = await send(camille, "agenda", **given)
    assert answer.status_code == 422
    assert "n’existe plus" in answer.text
    assert f'value="{web.url("/a.ics")}"' in answer.text
    assert 'value="Perso"' in answer.text
    for broken, words in (("", "nécessaire"), ("bonjour", "https://"), ("x" * 3000, "trop long")):
        answer = await send(camille, "agenda", **given | {"url": broken})
        assert answer.status_code == 422
        assert words in answer.text
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    assert (await send(camille, "agenda", **given)).status_code == 303
    page = await camille.get(HERE)
    assert "Perso" in page.text
    assert "à jour" in page.text
    assert "/a.ics" not in page.text
    assert refreshed == [advisor]


async def test_the_page_says_in_words_how_each_calendar_is_reads_it_on_demand_and_leaves_it(
    camille, follow, web, refreshed, clock
):
    feed = await follow(ics(LUNCH), name="Perso")
    path = f"agenda/{feed.id}"
    web.answers["/a.ics"] = Answer(status=500)
    assert (await send(camille, f"{path}/lire")).status_code == 303
    page = (await camille.get(HERE)).text
    assert "La dernière lecture a échoué" in page
    assert "en panne ou débordé (500)" in page
    clock.advance(timedelta(hours=7))
    assert "Vos créneaux sont masqués" in (await camille.get(HERE)).text
    web.answers["/a.ics"] = Answer(body=ics(LUNCH))
    await send(camille, f"{path}/lire")
    assert "à jour" in (await camille.get(HERE)).text
    assert (await send(camille, f"{path}/retirer")).status_code == 303
    assert "Aucun agenda suivi" in (await camille.get(HERE)).text
    for gone in (f"{path}/lire", f"{path}/retirer", path):
        assert (await send(camille, gone, use="busy")).status_code == 404


async def test_the_form_chooses_the_use_the_word_the_place_and_the_channels_and_keeps_the_address(
    camille, database, structure, web, refreshed
):
    site = await make_site(database, structure)
    opening = "SUMMARY:Permanence\nDTSTART:20270202T090000Z\nDTEND:20270202T110000Z"
    web.answers["/a.ics"] = Answer(body=ics(opening, LUNCH))
    missing = await send(camille, "agenda", url=web.url("/a.ics"), use="both")
    assert missing.status_code == 422
    for said in ("à quel mot", "Choisissez où ces plages", "au moins une façon"):
        assert said in missing.text
    form = {
        "use": "both",
        "word": "Permanence",
        "place": f"{structure}~{site}",
        "channels": ["in_person"],
    }
    assert (await send(camille, "agenda", url=web.url("/a.ics"), **form)).status_code == 303
    shown = (await camille.get(HERE)).text
    assert "une plage à venir ouvre des créneaux" in shown
    assert "Info Jeunes Essai · Accueil Bordeaux" in shown
    assert "Permanence" in shown
    [path] = re.findall(r'href="/p/calendar_ical/(agenda/[0-9a-f-]{36})"', shown)
    again = (await camille.get(HERE + path)).text
    assert 'value="Permanence"' in again
    assert 'value="both" checked' in again
    assert f'value="{structure}~{site}" selected' in again
    assert web.url("/a.ics") not in again
    # The address is a secret that is not shown again: left out, it stays.
    answer = await send(camille, path, **form | {"use": "open", "word": ""})
    assert answer.status_code == 303
    assert "tous ses événements" in (await camille.get(HERE)).text
    await database.execute("UPDATE site SET is_enabled = false")
    assert "n’est plus proposé" in (await camille.get(HERE)).text
    assert (await send(camille, path, use="busy")).status_code == 303
    assert "Ouvre des créneaux" not in (await camille.get(HERE)).text


async def test_another_advisors_calendar_is_not_to_be_found(
    platform, client, follow, structure, database, refreshed
):
    feed = await follow(ics(LUNCH))
    other = await make_advisor(database, structure)
    await signed_in(platform, client, await account_of(database, other))
    assert (await client.get(f"{HERE}agenda/{feed.id}")).status_code == 404
    for path in ("", "/lire", "/retirer"):
        assert (await send(client, f"agenda/{feed.id}{path}", use="busy")).status_code == 404


async def test_the_agenda_carries_a_banner_for_each_calendar_in_trouble(
    camille, advisor, follow, structure, region, web, clock
):
    values = {"advisor_id": advisor}
    assert await banner(await region(), values) is None
    await follow(ics(LUNCH), name="Perso")
    await follow(
        ics(LUNCH), "/b.ics", name="Équipe", closes=False, structure=structure, channels=("phone",)
    )
    assert await banner(await region(), values) is None
    web.answers["/a.ics"] = web.answers["/b.ics"] = Answer(status=500)
    clock.advance(timedelta(minutes=12))
    await polling.poll(await region())
    agenda = plain(await camille.get("/agenda"))
    assert "« Perso » répond mal" in agenda
    assert "« Équipe » répond mal" in agenda
    clock.advance(timedelta(hours=6))
    await polling.poll(await region())
    page = await camille.get("/agenda")
    agenda = plain(page)
    assert agenda.count("Créneaux masqués") == 1  # once, by the agenda, with the way to mend it
    assert "« Perso »" not in agenda
    assert f'<a href="{HERE}">Le corriger ou le retirer</a>' in page.text
    assert "« Équipe » ne répond plus" in agenda
    assert "ses plages n’ouvrent plus de créneaux" in agenda


async def test_a_calendar_too_old_is_said_to_the_coordination_with_the_reason(
    platform, client, follow, region, web, clock
):
    await follow(ics(LUNCH))
    web.answers["/a.ics"] = Answer(status=404)
    clock.advance(timedelta(hours=7))
    await polling.poll(await region())
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    network = (await client.get("/reseau")).text
    assert "Un agenda personnel ne peut plus être lu" in network
    assert "n’existe plus à cette adresse" in network


async def test_n09_the_feed_and_the_mails_say_the_same_of_an_appointment_moved_then_cancelled(
    platform, region, advisor, structure, client
):
    """One UID for life, a SEQUENCE that rises; its hour on the wall on both sides of a change of clocks."""
    winter = datetime.fromisoformat("2027-03-22T10:00:00+01:00")
    summer = datetime.fromisoformat("2027-04-05T10:00:00+02:00")
    booked = await make_appointment(platform.db, advisor, structure, winter)
    url = await address.renew_address(await region(), advisor)

    async def compare(kind):
        notice = Notice(
            key="n",
            kind=kind,
            audience="advisor",
            appointment=await read_view(platform, booked),
        )
        (mail,) = invitation(
            notice, organizer="a@example.org", attendee="b@example.org", summary="", now=MONDAY
        ).events
        answer = await client.get(url.removeprefix(platform.settings.public_url))
        (event,) = Calendar.from_ical(answer.content).events
        for name in ("UID", "SEQUENCE", "STATUS"):
            assert event[name] == mail[name]
        assert (event.start, event.end) == (mail.start, mail.end)
        return event["SEQUENCE"], event["STATUS"], event.start

    assert await compare("confirmation") == (0, "CONFIRMED", winter)
    await platform.db.execute(
        "UPDATE appointment SET starts_at = $1, ends_at = $2, sequence = 1",
        summer,
        summer + timedelta(hours=1),
    )
    assert await compare("change") == (1, "CONFIRMED", summer)
    await platform.db.execute("UPDATE appointment SET status = 'cancelled_by_youth', sequence = 2")
    assert await compare("cancellation") == (2, "CANCELLED", summer)
