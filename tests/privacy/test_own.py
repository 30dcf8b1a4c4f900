"""« Vos données »: by the link of an appointment its youth reads all of it, takes it away, and takes it out."""

import hashlib
import json

import pytest

from core.booking import consent
from core.booking.links import appointment_token
from core.booking.views import read_view
from core.privacy.retention import NotErased, anonymise
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_appointment,
    make_structure,
    signed_in,
)
from plugins.notifications_email.personal import KeptMessages
from tests.booking.conftest import TUESDAY, booked
from tests.demand.conftest import ask
from tests.privacy.test_retention import EMAIL, NAME, PHONE, SAID, _deliver, found, told

__all__ = ["told"]


async def own(platform, client, appointment, path="/donnees", **data):
    token = appointment_token(platform, appointment, 1)
    address = f"/rdv/{token}{path}"
    if not data:
        return await client.get(address)
    return await client.post(address, data={"_csrf_token": await form_token(client), **data})


async def erase(platform, client, appointment):
    return await own(platform, client, appointment, "/donnees/effacer", sure="true")


async def test_they_read_all_of_it_in_words_but_not_the_advisors_notes(
    platform, database, client, told
):
    await database.execute("UPDATE youth SET consent_version = '2027-01'")
    page = (await own(platform, client, told)).text
    for said in (
        NAME,
        EMAIL,
        "En mongolfière",
        "Bravo Kerguelen",
        "Pour Kerguelen",
        "Merci pour la mongolfière",
        consent.text()[:40],
        "E-mails gardés",
        "2 février 2029",
    ):
        assert said in page, said
    assert "rêve de mongolfière" not in page


async def test_the_file_holds_whatever_a_table_of_the_core_or_a_plugin_says_of_them(
    platform, database, client, desk, told
):
    answer = await own(platform, client, told, "/donnees/fichier.json")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    text, records = answer.text, json.loads(answer.text)["records"]
    kept = {place.split(".")[0] for word in SAID for place in await found(database, word)}
    # Of whose link it is not known, or kept by the plugin, which is asked below.
    apart = {"notifications_email_message", "appointment_feedback", "hold"}
    assert kept - apart <= set(records)
    assert {"receipt", "appointment_change", "kept_programme", "roadmap"} <= set(records)
    for said in ("Merci pour la mongolfière", "E-mails gardés", "Pour Kerguelen"):
        assert said in text
    assert "rêve de mongolfière" not in text
    advisor = await database.fetch_value(
        "SELECT email FROM account a JOIN advisor v ON v.account = a.id"
    )
    assert advisor not in text
    assert not {"link_version", "hold", "meeting", "notes", "account"} & {
        key for rows in records.values() for row in rows for key in row
    }


async def test_a_youth_who_typed_anothers_address_reads_and_erases_nothing_of_theirs(
    platform, database, client, bare
):
    await ask(platform, name="Victime Kerguelen", email=EMAIL)
    other = await make_appointment(database, bare.advisor, bare.structure, TUESDAY)
    await database.execute(
        "UPDATE youth SET email = $1 FROM appointment a WHERE a.youth = youth.id AND a.id = $2",
        EMAIL,
        other,
    )
    assert "Victime" not in (await own(platform, client, other)).text
    assert "Victime" not in (await own(platform, client, other, "/donnees/fichier.json")).text
    assert (await erase(platform, client, other)).status_code == 303
    assert await found(database, "victime kerguelen") == ["demand.name"]


async def test_asked_for_it_all_goes_at_once_and_the_trail_names_nobody(
    platform, database, client, told
):
    page = await own(platform, client, told, "/donnees/effacer")
    assert "sera annulé" not in page.text
    unsure = await own(platform, client, told, "/donnees/effacer", sure="")
    assert unsure.status_code == 422
    assert NAME in (await read_view(platform, told)).youth.name
    assert (await erase(platform, client, told)).headers["location"] == "/donnees-personnelles"
    assert {word: await found(database, word) for word in SAID} == {word: [] for word in SAID}
    trail = await database.fetch_one("SELECT * FROM audit WHERE action = 'privacy.erased'")
    assert (trail["account"], trail["object"]) == (None, str(told))
    assert trail["detail"] == {"by": "youth", "appointments": 1}
    assert (await own(platform, client, told)).status_code == 404


async def test_an_appointment_to_come_is_cancelled_first_and_its_advisor_is_told(
    platform, database, client, desk
):
    appointment = (await booked(platform, desk, name=NAME, email=EMAIL, phone=PHONE)).appointment_id
    await _deliver(platform)
    assert "sera annulé" in (await own(platform, client, appointment, "/donnees/effacer")).text
    assert (await erase(platform, client, appointment)).status_code == 303
    await _deliver(platform)
    view = await read_view(platform, appointment)
    assert (view.status, view.youth.name) == ("cancelled_by_youth", "une personne anonyme")
    assert {word: await found(database, word) for word in SAID} == {word: [] for word in SAID}
    told = await database.fetch(
        "SELECT audience, convert_from(content, 'UTF8') AS text FROM notifications_email_message"
        " WHERE kind = 'cancellation'"
    )
    assert [row["audience"] for row in told] == ["advisor"]
    assert "avec une personne anonyme" in " ".join(told[0]["text"].split())


async def test_too_near_to_be_cancelled_nothing_goes_and_the_phone_is_shown(
    platform, database, client, desk, clock
):
    appointment = (await booked(platform, desk, name=NAME, email=EMAIL, phone=PHONE)).appointment_id
    clock.advance((await read_view(platform, appointment)).starts_at - clock.now())
    page = await own(platform, client, appointment, "/donnees/effacer")
    assert "ne s’annule plus ici" in page.text
    assert "tel:" in page.text
    assert (await erase(platform, client, appointment)).status_code == 422
    assert "youth.name" in await found(database, "kerguelen")


async def test_a_plugin_that_fails_is_said_and_nothing_is_erased(
    platform, database, client, told, monkeypatch
):
    async def fail(self, context, traces):
        raise OSError("disk full")

    monkeypatch.setattr(KeptMessages, "erase", fail)
    monkeypatch.setattr(KeptMessages, "export", fail)
    assert "n’a pas répondu" in (await own(platform, client, told)).text
    monkeypatch.delattr(KeptMessages, "export")
    assert "Elle ne sait pas les montrer" in (await own(platform, client, told)).text
    answer = await erase(platform, client, told)
    assert answer.status_code == 422
    assert "Tout n’a pas pu être effacé" in answer.text
    assert "youth.name" in await found(database, "kerguelen")
    with pytest.raises(NotErased):
        await anonymise(platform, [await database.fetch_value("SELECT youth FROM appointment")])


async def test_p02_an_advisor_cannot_delete_and_the_manager_and_the_coordination_can(
    platform, database, client, desk, told
):
    path = f"/rendez-vous/{told}/effacer"

    async def answer(account):
        client.cookies.clear()
        await signed_in(platform, client, account)
        sent = {"_csrf_token": await form_token(client), "sure": "true"}
        return (await client.get(path)).status_code, (
            await client.post(path, data=sent)
        ).status_code

    advisor = await account_of(database, desk.advisor)
    assert await answer(advisor) == (404, 404)
    elsewhere = await make_account(database)
    await join(database, elsewhere, await make_structure(database), role="manager")
    assert await answer(elsewhere) == (404, 404)
    assert "youth.name" in await found(database, "kerguelen")
    manager = await make_account(database)
    await join(database, manager, desk.structure, role="manager")
    assert await answer(manager) == (200, 303)
    assert await found(database, "kerguelen") == []
    trail = await database.fetch_one("SELECT * FROM audit WHERE action = 'privacy.erased'")
    assert (trail["account"], trail["structure"]) == (manager, desk.structure)
    assert await answer(await make_account(database, region_role="admin")) == (200, 303)


async def test_p02_a_manager_erases_neither_before_an_appointment_nor_what_another_structure_holds(
    platform, database, client, desk, told
):
    manager = await make_account(database)
    await join(database, manager, desk.structure, role="manager")
    await signed_in(platform, client, manager)
    youth = await database.fetch_value("SELECT youth FROM appointment WHERE id = $1", told)
    other = await make_appointment(
        database,
        desk.advisor,
        await make_structure(database),
        TUESDAY.replace(year=2028),
        youth=youth,
    )
    sent = {"_csrf_token": await form_token(client), "sure": "true"}
    answer = await client.post(f"/rendez-vous/{told}/effacer", data=sent)
    assert answer.status_code == 422
    assert "demandez à la coordination" in answer.text
    await database.execute(
        "UPDATE appointment SET structure = $1 WHERE id = $2", desk.structure, other
    )
    answer = await client.post(f"/rendez-vous/{told}/effacer", data=sent)
    assert answer.status_code == 422
    assert "annulez-le d’abord" in answer.text
    assert "youth.name" in await found(database, "kerguelen")


def test_the_words_of_a_version_that_was_agreed_to_never_change():
    digests = {
        version: hashlib.sha256(words.encode()).hexdigest()[:12]
        for version, words in consent.TEXTS.items()
    }
    assert digests == {"2027-01": "ac640f82158a"}
    assert consent.VERSION in consent.TEXTS
    assert consent.text("demo") == ""
