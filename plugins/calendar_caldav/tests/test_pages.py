from datetime import UTC, datetime, timedelta

import pytest

from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    signed_in,
)
from plugins.calendar_caldav import background
from plugins.calendar_caldav.banner import banner

from .conftest import PASSWORD, USER, switch

HERE = "/p/calendar_caldav/"
AT = datetime(2027, 2, 2, 13, tzinfo=UTC)


@pytest.fixture
async def camille(platform, client, advisor):
    await platform.plugins.fresh()
    return await signed_in(platform, client, await account_of(platform.db, advisor))


def plain(answer) -> str:
    """The text with ordinary spaces."""
    return answer.text.replace("\u202f", " ").replace("\xa0", " ")


async def send(client, path: str, **data):
    return await client.post(HERE + path, data={"_csrf_token": await form_token(client), **data})


async def sign_in(client, radicale, **changes):
    data = {"server": radicale.url, "username": USER, "password": PASSWORD, **changes}
    return await send(client, "compte", **data)


async def test_an_account_is_tried_then_kept_and_the_password_is_never_shown(
    camille, radicale, refreshed
):
    radicale.make("bureau", label="Travail")
    answer = await sign_in(camille, radicale, password="faux")
    assert answer.status_code == 422
    assert "mot de passe refusé" in answer.text
    assert radicale.url in answer.text
    answer = await sign_in(camille, radicale, server="")
    assert (answer.status_code, "nécessaire" in answer.text) == (422, True)
    assert (await sign_in(camille, radicale)).status_code == 303
    page = plain(await camille.get(HERE))
    assert "Travail" in page
    assert "toutes les 10 minutes" in page
    assert PASSWORD not in page
    assert ">My CalDAV calendar<" in (await camille.get(HERE + "?lang=en")).text


async def test_a_calendar_is_chosen_among_several_and_the_account_can_be_left(
    platform, camille, radicale, refreshed, advisor, structure
):
    radicale.make("bureau", label="Travail")
    radicale.make("home", label="Maison")
    booked = await make_appointment(platform.db, advisor, structure, AT)
    assert (await sign_in(camille, radicale)).status_code == 303
    assert "Choisissez un agenda" in (await camille.get(HERE)).text
    assert (await send(camille, "agenda", calendar="http://elsewhere/")).status_code == 422
    assert (await send(camille, "agenda")).status_code == 422
    answer = await send(camille, "agenda", calendar=f"{radicale.url}camille/home/")
    assert answer.status_code == 303
    assert radicale.get(f"/camille/home/{booked}.ics")
    assert (await send(camille, "comparer")).status_code == 303
    assert (await send(camille, "retirer")).status_code == 303
    assert radicale.get(f"/camille/home/{booked}.ics") == ""
    assert "aucun compte" in (await camille.get(HERE)).text
    for path in ("retirer", "comparer", "agenda"):
        assert (await send(camille, path)).status_code == 404


async def test_a_question_is_shown_on_the_page_and_the_agenda_and_put_back_with_a_button(
    platform, camille, radicale, region, advisor, structure, clock, refreshed
):
    radicale.make("bureau")
    booked = await make_appointment(platform.db, advisor, structure, AT)
    await sign_in(camille, radicale)
    path = f"/camille/bureau/{booked}.ics"
    assert await banner(await region(), {"advisor_id": advisor}) is None
    radicale.change(path, "20270202T13", "20270202T12")
    clock.advance(timedelta(minutes=12))
    await background.poll(await region())
    for shown in (plain(await camille.get(HERE)), plain(await camille.get("/agenda"))):
        assert "Ce rendez-vous a été déplacé dans votre agenda : que faire ?" in shown
        assert "mardi 2 février 2027 à 13 h." in shown
    other = await make_advisor(platform.db, structure)
    await signed_in(platform, camille, await account_of(platform.db, other))
    assert (await send(camille, f"question/{booked}/remettre")).status_code == 404
    await signed_in(platform, camille, await account_of(platform.db, advisor))
    assert (await send(camille, f"question/{booked}/remettre")).status_code == 303
    assert "20270202T13" in radicale.get(path)
    assert "que faire" not in (await camille.get("/agenda")).text
    assert (await send(camille, f"question/{booked}/remettre")).status_code == 404

    radicale.delete(path)
    await send(camille, "comparer")
    assert "un rendez-vous y est autrement qu’ici" in (await camille.get(HERE)).text
    shown = plain(await camille.get("/agenda"))
    assert "a été supprimé de votre agenda" in shown
    assert "à 14 h. Rien n’a changé" in shown


async def test_the_agenda_says_when_the_calendar_is_in_trouble_or_not_chosen(
    platform, camille, radicale, region, advisor, clock, database
):
    radicale.make("bureau")
    radicale.make("home")
    await sign_in(camille, radicale)
    assert "attend que vous choisissiez" in (await camille.get("/agenda")).text
    await send(camille, "agenda", calendar=f"{radicale.url}camille/bureau/")
    bad = platform.services.seal(f"calendar_caldav:{advisor}", "faux")
    await database.execute("UPDATE calendar_caldav_account SET password = $1", bad)
    await send(camille, "comparer")
    assert "« bureau » répond mal" in plain(await camille.get("/agenda"))
    assert "mot de passe refusé" in (await camille.get(HERE)).text
    clock.advance(timedelta(hours=7))
    assert "Vos créneaux sont masqués" in (await camille.get(HERE)).text
    await background.poll(await region())
    agenda = plain(await camille.get("/agenda"))
    assert agenda.count("Créneaux masqués") == 1
    assert "« bureau »" not in agenda
    await signed_in(platform, camille, await make_account(platform.db, region_role="coordinator"))
    network = plain(await camille.get("/reseau"))
    assert "L’agenda CalDAV ne peut plus être lu. Identifiant ou mot de passe refusé" in network


async def test_the_password_is_asked_again_only_for_another_server_or_user(
    camille, radicale, refreshed, database
):
    radicale.make("bureau")
    await sign_in(camille, radicale)
    assert (await sign_in(camille, radicale, password="", titles="true")).status_code == 303
    assert await database.fetch_value("SELECT is_titled FROM calendar_caldav_account")
    elsewhere = await sign_in(camille, radicale, password="", server="https://elsewhere.example/")
    assert elsewhere.status_code == 422
    assert "Saisissez le mot de passe de ce compte" in elsewhere.text
    assert radicale.url in await database.fetch_value("SELECT server FROM calendar_caldav_account")


async def test_the_page_is_for_advisors_where_the_plugin_is_on(
    platform, client, advisor, structure
):
    await platform.plugins.fresh()
    assert (await client.get(HERE)).status_code == 303
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    assert (await client.get(HERE)).status_code == 404
    await signed_in(platform, client, await account_of(platform.db, advisor))
    assert (await client.get(HERE)).status_code == 200
    await switch(platform.db, structure, "off")
    await platform.plugins.fresh()
    assert (await client.get(HERE)).status_code == 404
