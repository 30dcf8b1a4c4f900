import re
from datetime import timedelta

import pytest

from core.demand.links import demand_path
from core.demand.service import read
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_appointment,
    make_slot,
    make_youth,
    signed_in,
)
from tests.booking.conftest import TUESDAY
from tests.demand.conftest import ask, turn

ANSWERS = {
    "modes": ["in_person", "video"],
    "place": "near",
    "name": "Alix Essai",
    "email": "alix@example.org",
    "phone": "",
    "birth_date": "2006-05-31",
    "commune": "Bordeaux",
    "consent": "true",
}


async def send(client, path="/demande", **fields):
    token = await form_token(client)
    return await client.post(path, data={"_csrf_token": token, **fields})


async def only(database):
    return await database.fetch_one("SELECT * FROM demand")


async def test_b14_from_the_dead_end_to_the_appointment_without_javascript(
    client, platform, database, bare
):
    dead_end = await client.get("/recherche?ou=Bordeaux&insee=33063&canal=in_person")
    (way,) = re.findall(r'href="(/demande\?[^"]+)"', dead_end.text)
    form = await client.get(way.replace("&amp;", "&"))
    assert 'value="Bordeaux"' in form.text
    assert re.search(r'value="in_person" checked', form.text)
    assert not re.search(r'value="video" checked', form.text)
    done = await send(client, **ANSWERS)
    assert done.status_code == 303, done.text
    path = done.headers["location"]
    assert "C’est noté, on vous prévient" in (await client.get(path)).text
    path = path.partition("?")[0]
    assert "Nous cherchons" in (await client.get(path)).text
    await make_slot(database, bare.advisor, bare.structure, TUESDAY, site=bare.site)
    await turn(platform)
    page = await client.get(path)
    (book,) = re.findall(r'href="(/reserver/[^"]+)"', page.text)
    site = await database.fetch_value("SELECT name FROM site WHERE id = $1", bare.site)
    assert f", {site}, " in page.text  # where to come, beside how
    mail = await database.fetch_value("SELECT content FROM notifications_email_message")
    assert book.encode() in mail.replace(b"=\r\n", b"")
    held = await client.get(book)
    assert "gardé pour vous jusqu’à 8 h 30" in held.text
    for known in ("Alix Essai", "alix@example.org", "2006-05-31", "Bordeaux"):
        assert f'value="{known}"' in held.text
    assert "checked" not in held.text
    answers = {key: value for key, value in ANSWERS.items() if key not in {"modes", "place"}}
    booked = await send(client, book, **answers)
    assert booked.headers["location"].startswith("/rdv/")
    await turn(platform)
    assert "cette demande est close" in (await client.get(path)).text


async def test_an_empty_week_leads_to_the_form_with_its_site(client, database, bare):
    slug = await database.fetch_value("SELECT slug FROM structure")
    week = await client.get(f"/creneaux/{slug}?canal=in_person&site={bare.site}")
    (way,) = re.findall(r'href="(/demande\?[^"]+)"', week.text)
    form = await client.get(way.replace("&amp;", "&"))
    assert re.search(rf'value="{bare.site}" selected>Accueil Bordeaux', form.text)
    done = await send(client, **{**ANSWERS, "place": str(bare.site)})
    assert done.status_code == 303, done.text
    row = await only(database)
    assert (row["reach"], row["site"], row["department"]) == ("site", bare.site, "33")


async def test_a_place_with_slots_does_not_speak_of_waiting(client, database, bare):
    await make_slot(database, bare.advisor, bare.structure, TUESDAY, site=bare.site)
    assert "/demande?" not in (await client.get("/recherche?canal=in_person")).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("birth_date", "1980-01-01", "jusqu’à 35 ans inclus"),
        ("birth_date", "", "Ce champ est nécessaire."),
        ("email", "alix", "Cette adresse e-mail n’est pas valable"),
        ("commune", "Nulleville", "Nous ne trouvons pas cette commune"),
        ("modes", ["phone"], "Un numéro est nécessaire"),
        ("modes", [], "Choisissez au moins une façon"),
        ("consent", "", "Nous avons besoin de votre accord"),
        ("place", "00000000-0000-0000-0000-000000000000x", "Choisissez parmi les réponses"),
    ],
)
async def test_a_fault_is_said_and_what_was_typed_stays(
    client, database, bare, field, value, words
):
    answer = await send(client, **{**ANSWERS, "weekdays": ["2"], field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Alix Essai"' in answer.text
    assert re.search(r'name="weekdays" value="2" checked', answer.text)
    assert await only(database) is None


async def test_days_and_parts_are_kept_as_asked(client, database, bare):
    await send(client, **{**ANSWERS, "weekdays": ["2", "4"], "parts": ["morning"]})
    row = await only(database)
    assert (row["weekdays"], row["parts"]) == ([2, 4], ["morning"])
    path = f"/demande/{'x' * 44}"
    assert (await client.get(path)).status_code == 404


async def test_who_has_an_appointment_to_come_is_told_and_waits_for_nothing(client, database, bare):
    youth = await make_youth(database)
    await make_appointment(database, bare.advisor, bare.structure, TUESDAY, youth=youth)
    answer = await send(client, **ANSWERS)
    assert answer.status_code == 422
    assert "Vous avez déjà un rendez-vous à venir" in answer.text
    assert await only(database) is None


async def test_a_double_click_waits_once(client, database, bare):
    for _ in range(2):
        assert (await send(client, **ANSWERS)).status_code == 303
    states = await database.fetch("SELECT state FROM demand ORDER BY state")
    assert [row["state"] for row in states] == ["replaced", "waiting"]


async def test_a_get_changes_nothing_and_a_post_withdraws(client, platform, bare):
    demand = await ask(platform)
    path = demand_path(platform, demand)
    assert (await client.get(f"{path}/annuler")).status_code == 405
    assert (await read(platform, demand)).state == "waiting"
    assert (await client.post(f"{path}/annuler")).status_code == 403
    assert (await send(client, f"{path}/annuler")).status_code == 303
    assert "Vous avez retiré cette demande" in (await client.get(path)).text


async def test_a_forged_cut_or_borrowed_link_opens_nothing(client, platform, database, bare):
    demand = await ask(platform)
    token = demand_path(platform, demand).removeprefix("/demande/")
    await make_slot(database, bare.advisor, bare.structure, TUESDAY, site=bare.site)
    await turn(platform)
    offer = (await read(platform, demand)).offer.path.removeprefix("/reserver/")
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad in (flipped, token[:-1], token[:22], offer, "é" * 44, "A" * 44):
        assert (await client.get(f"/demande/{bad}")).status_code == 404
        assert (await send(client, f"/demande/{bad}/annuler")).status_code == 404
    assert (await client.get(f"/reserver/{token}")).status_code == 404
    assert (await client.get(f"/demande/{token}")).status_code == 200


async def test_the_coordination_sees_who_waits_where_without_names(
    client, platform, database, bare, clock
):
    await ask(platform)
    clock.advance(timedelta(seconds=1))
    await ask(platform, "86194", name="Sacha Essai", email="s@example.org", modes=("video",))
    account = await make_account(database, region_role="coordinator")
    await signed_in(platform, client, account)
    network = await client.get("/reseau")
    assert "2 demandes attendent un créneau" in network.text
    assert "Gironde (1)" in network.text
    page = await client.get("/reseau/demandes")
    assert "Autour de Bordeaux" in page.text
    assert "À distance, depuis Poitiers" in page.text
    assert "Essai" not in page.text.replace("Camille Essai", "")
    assert "example.org" not in page.text
    one = await client.get("/reseau/demandes?departement=86")
    assert "Autour de Bordeaux" not in one.text


async def test_demands_are_for_the_coordination_alone(client, platform, database, bare):
    assert (await client.get("/reseau/demandes")).status_code in {302, 303, 401}
    await database.execute("UPDATE membership SET role = 'manager'")
    await signed_in(platform, client, await account_of(database, bare.advisor))
    await ask(platform)
    assert (await client.get("/reseau/demandes")).status_code == 404
    assert "demande attend" not in (await client.get("/reseau")).text
