import re
from datetime import datetime, timedelta

import pytest

from core.booking.links import appointment_token
from core.booking.ticket import stamp, ticket_value
from core.testing.factories import form_token, make_advisor, make_appointment, make_slot
from tests.booking.conftest import TUESDAY

HOUR = timedelta(hours=1)
ANSWERS = {
    "name": "Alix Essai",
    "email": "alix@example.org",
    "phone": "06 12 34 56 78",
    "birth_date": "2006-05-31",
    "commune": "33000",
    "wish": "Un an au Québec",
    "consent": "true",
}


async def send(client, path, **fields):
    return await client.post(path, data={"_csrf_token": await form_token(client), **fields})


async def take(client, desk, at=TUESDAY, canal="in_person", **fields):
    value = ticket_value(desk.structure, canal, desk.site if canal == "in_person" else None, at)
    return await send(client, "/reserver/creneau", ticket=value, **fields)


async def walk(client, desk, **kwargs):
    """Books by the pages; returns the path of the youth's page."""
    kept = await take(client, desk, **kwargs)
    done = await send(client, kept.headers["location"], **ANSWERS)
    assert done.status_code == 303, done.text
    return done.headers["location"].partition("?")[0]


async def test_from_a_commune_to_the_confirmation_without_an_account(client, desk, database):
    found = await client.get("/recherche?ou=bordeaux")
    assert found.status_code == 200
    assert "Accueil Bordeaux" in found.text
    assert "à moins d’un kilomètre" in found.text
    assert "En visio, partout dans la région" in found.text
    slug = await database.fetch_value("SELECT slug FROM structure")
    shown = await client.get(f"/creneaux/{slug}?canal=in_person&site={desk.site}")
    assert "Semaine du lundi 1er février 2027" in shown.text
    assert shown.text.count('name="ticket"') == 3
    kept = await take(client, desk)
    assert kept.status_code == 303
    form = await client.get(kept.headers["location"])
    assert "gardé pour vous jusqu’à 8 h 10" in form.text
    done = await send(client, kept.headers["location"], **ANSWERS)
    assert done.status_code == 303
    page = await client.get(done.headers["location"])
    assert "C’est confirmé" in page.text
    assert "mardi 2 février 2027" in page.text
    assert "Camille E." in page.text
    back = await client.get(kept.headers["location"])
    assert back.headers["location"] == done.headers["location"].partition("?")[0]
    row = await database.fetch_one("SELECT commune, consent_version FROM youth")
    assert tuple(row) == ("33063", "2027-01")


async def test_b05_a_double_click_on_confirm_leads_to_the_same_page(client, desk, database):
    kept = await take(client, desk)
    first = await send(client, kept.headers["location"], **ANSWERS)
    second = await send(client, kept.headers["location"], **ANSWERS)
    assert first.headers["location"] == second.headers["location"]
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


async def test_going_back_and_choosing_the_same_slot_again_works(client, desk):
    await take(client, desk)
    assert (await take(client, desk)).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("birth_date", "1991-02-02", "35 ans inclus"),
        ("birth_date", "2004-13-45", "Cette date n’existe pas"),
        ("birth_date", "2031-01-01", "pas encore passée"),
        ("commune", "Trifouilly-les-Oies", "Nous ne trouvons pas cette commune"),
        ("commune", "Saint-André", "Laquelle de ces communes"),
        ("email", "pas-une-adresse", "n’est pas valable"),
        ("phone", "12", "Ce numéro n’est pas valable"),
        ("name", "A", "trop court"),
        ("wish", "x" * 1001, "trop long"),
        ("consent", "", "votre accord"),
    ],
)
async def test_a_fault_is_said_beside_its_field_and_nothing_typed_is_lost(
    client, desk, database, field, typed, said
):
    kept = await take(client, desk)
    answer = await send(client, kept.headers["location"], **{**ANSWERS, field: typed})
    assert answer.status_code == 422
    fault = re.search(rf'id="f-{field}-error">(.*?)</p>', answer.text, re.DOTALL)
    assert fault is not None
    assert said in fault[1]
    assert typed in answer.text
    assert "Alix Essai" in answer.text or field == "name"
    assert await database.fetch_value("SELECT count(*) FROM youth") == 0


async def test_an_ambiguous_commune_offers_choices_and_a_choice_goes_through(client, desk):
    kept = await take(client, desk)
    answers = {**ANSWERS, "commune": "Saint-André"}
    asked = await send(client, kept.headers["location"], **answers)
    assert "Saint-André-de-Cubzac (33240)" in asked.text
    done = await send(client, kept.headers["location"], **answers, commune_insee="33366")
    assert done.status_code == 303


async def test_ten_megabytes_of_text_are_a_fault_beside_the_field(client, desk):
    kept = await take(client, desk)
    answer = await send(client, kept.headers["location"], **{**ANSWERS, "wish": "a" * 10_000_000})
    assert answer.status_code == 422
    assert "10000000" in answer.text
    assert 'id="f-wish-error"' in answer.text


async def test_a_form_sent_after_the_slot_was_taken_gets_the_nearest_ones(client, desk, clock):
    kept = await take(client, desk)
    clock.advance(timedelta(minutes=11))
    client.cookies.delete("somobilite_hold", path="/reserver")
    other = await take(client, desk)
    await send(client, other.headers["location"], **{**ANSWERS, "email": "b@example.org"})
    lost = await send(client, kept.headers["location"], **ANSWERS)
    assert lost.status_code == 409
    assert "vient d’être pris" in lost.text
    assert stamp(TUESDAY + HOUR) in lost.text


async def test_b04_the_page_asks_and_each_answer_does_what_it_says(client, desk, database):
    path = await walk(client, desk)
    kept = await take(client, desk, TUESDAY + HOUR)
    asked = await send(client, kept.headers["location"], **ANSWERS)
    assert asked.status_code == 409
    assert "Vous avez déjà un rendez-vous, mardi 2 février 2027 à 14 h" in asked.text
    stay = await send(client, kept.headers["location"], **ANSWERS, existing="keep")
    assert stay.headers["location"] == "/recherche"
    assert "14 h" in (await client.get(path)).text
    kept = await take(client, desk, TUESDAY + HOUR)
    moved = await send(client, kept.headers["location"], **ANSWERS, existing="replace")
    page = await client.get(moved.headers["location"])
    assert "Votre rendez-vous est déplacé" in page.text or page.status_code == 303
    assert await database.fetch_value("SELECT starts_at FROM appointment") == TUESDAY + HOUR
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


async def test_a_forged_ticket_a_past_slot_and_a_forged_hold_are_kind(client, desk, clock):
    forged = await send(client, "/reserver/creneau", ticket="x~moon~~now")
    assert forged.headers["location"] == "/recherche"
    past = await take(client, desk, TUESDAY - timedelta(days=30))
    assert past.status_code == 409
    for path in ("/reserver/forged", "/rdv/forged", "/rdv/forged/annuler", "/rdv/é/deplacer"):
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert "n’existe pas" in answer.text
    assert (await send(client, "/reserver/forged", **ANSWERS)).status_code == 404
    for action in ("annuler", "deplacer", "canal"):
        assert (await send(client, f"/rdv/forged/{action}")).status_code == 404


async def test_b07_get_never_cancels_and_a_second_post_changes_nothing(client, desk, database):
    path = await walk(client, desk)
    for _ in range(2):
        assert "Annuler ce rendez-vous" in (await client.get(f"{path}/annuler")).text
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"
    for _ in range(2):
        assert (await send(client, f"{path}/annuler")).headers["location"] == path
    assert "annulé" in (await client.get(path)).text
    count = "SELECT count(*) FROM outbox_event WHERE payload ->> 'type' = 'appointmentcancelled'"
    assert await database.fetch_value(count) == 1


async def test_b07_exactly_four_hours_before_is_refused_with_the_phone(
    client, desk, clock, database
):
    path = await walk(client, desk)
    clock.set(TUESDAY - timedelta(hours=4))
    refused = await send(client, f"{path}/annuler")
    assert refused.status_code == 422
    assert "05 00 00 00 00" in refused.text
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"
    clock.set(TUESDAY - timedelta(hours=4, seconds=1))
    assert (await send(client, f"{path}/annuler")).status_code == 303


async def test_b06_moving_by_the_link(client, desk, database):
    path = await walk(client, desk)
    week = await client.get(f"{path}/deplacer")
    assert f"{path}/deplacer?vers={stamp(TUESDAY + HOUR)}" in week.text
    question = await client.get(f"{path}/deplacer?vers={stamp(TUESDAY + HOUR)}")
    assert "Nouveau moment\N{NO-BREAK SPACE}: mardi 2 février 2027 à 15 h" in question.text
    assert await database.fetch_value("SELECT sequence FROM appointment") == 0
    done = await send(client, f"{path}/deplacer", debut=stamp(TUESDAY + HOUR))
    assert done.headers["location"] == path
    assert "15 h" in (await client.get(path)).text


async def test_b06_where_one_is_already_is_no_place_to_move_to(client, desk, database):
    path = await walk(client, desk)
    colleague = await make_advisor(database, desk.structure)
    for start in (TUESDAY, TUESDAY + HOUR):
        await make_slot(database, colleague, desk.structure, start, site=desk.site)
    week = (await client.get(f"{path}/deplacer")).text
    assert f"vers={stamp(TUESDAY + HOUR)}" in week
    assert f"vers={stamp(TUESDAY)}" not in week
    await database.execute("DELETE FROM slot WHERE starts_at <> $1", TUESDAY)
    alone = await client.get(f"{path}/deplacer")
    assert f"vers={stamp(TUESDAY)}" not in alone.text
    lost = await send(client, f"{path}/deplacer", debut=stamp(TUESDAY + HOUR))
    assert lost.status_code == 409
    assert f"vers={stamp(TUESDAY)}" not in lost.text


async def test_b06_a_slot_lost_meanwhile_leaves_the_old_one(client, desk, database):
    path = await walk(client, desk)
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY + HOUR)
    lost = await send(client, f"{path}/deplacer", debut=stamp(TUESDAY + HOUR))
    assert lost.status_code == 409
    assert "n’a pas bougé" in lost.text
    assert f"{path}/deplacer?vers={stamp(TUESDAY + 2 * HOUR)}" in lost.text


async def test_b13_changing_channel_by_the_link(client, desk):
    path = await walk(client, desk)
    page = await client.get(f"{path}/canal")
    assert 'value="video"' in page.text
    assert 'value="in_person"' not in page.text
    refused = await send(client, f"{path}/canal", channel="moon")
    assert refused.status_code == 422
    assert (await send(client, f"{path}/canal")).status_code == 422
    done = await send(client, f"{path}/canal", channel="video", email="alix@example.org")
    assert done.headers["location"] == path
    assert "lien de la visio est à venir" in (await client.get(path)).text


async def test_the_calendar_file_has_one_uid_and_the_present_sequence(client, desk, database):
    path = await walk(client, desk)
    await send(client, f"{path}/deplacer", debut=stamp(TUESDAY + HOUR))
    answer = await client.get(f"{path}/calendrier.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    appointment = await database.fetch_value("SELECT id FROM appointment")
    assert f"UID:{appointment}@so-mobilite" in answer.text
    assert "SEQUENCE:1" in answer.text
    assert "DTSTART:20270202T140000Z" in answer.text


async def test_a_revoked_link_is_a_404_everywhere(client, desk, platform, database):
    path = await walk(client, desk)
    await database.execute("UPDATE appointment SET link_version = 2")
    for page in ("", "/annuler", "/deplacer", "/canal", "/rejoindre", "/calendrier.ics"):
        assert (await client.get(path + page)).status_code == 404
    appointment = await database.fetch_value("SELECT id FROM appointment")
    fresh = appointment_token(platform, appointment, 2)
    assert (await client.get(f"/rdv/{fresh}")).status_code == 200


async def test_searching_says_kindly_what_it_did_not_understand(client, desk):
    unknown = await client.get("/recherche?ou=Trifouilly")
    assert "Nous ne trouvons pas cette commune" in unknown.text
    assert 'value="Trifouilly"' in unknown.text
    several = await client.get("/recherche?ou=saint-andre")
    assert "Saint-André-de-Cubzac (33240)" in several.text
    nonsense = await client.get("/recherche?canal=moon&tri=1&page=999&departement=zz&insee=x")
    assert nonsense.status_code == 200
    far = await client.get("/recherche?ou=86000")
    assert "à 2" in far.text
    assert "km" in far.text
    phone = await client.get("/recherche?canal=phone&departement=33")
    assert "Info Jeunes Essai" in phone.text


async def test_the_week_page_survives_nonsense_and_hides_closed_structures(client, desk, database):
    slug = await database.fetch_value("SELECT slug FROM structure")
    for query in ("lundi=9999-12-31", "lundi=0001-01-01", "lundi=x", "canal=moon&site=x"):
        assert (await client.get(f"/creneaux/{slug}?{query}")).status_code == 200
    await database.execute("UPDATE structure SET status = 'closed'")
    assert (await client.get(f"/creneaux/{slug}")).status_code == 404


async def test_s27_beyond_the_horizon_is_not_open_yet_and_never_just_empty(
    client, desk, database, clock
):
    slug = await database.fetch_value("SELECT slug FROM structure")
    beyond = await client.get(f"/creneaux/{slug}?canal=in_person&lundi=2027-04-26")
    assert "pas encore ouverts" in beyond.text
    assert "Prochain créneau" in beyond.text  # a way back to what is open
    await database.execute("DELETE FROM slot")
    beyond = await client.get(f"/creneaux/{slug}?canal=in_person&lundi=2027-04-26")
    assert "Prochain créneau" not in beyond.text
    none = await client.get(f"/creneaux/{slug}?canal=in_person&lundi=2027-02-01")
    assert "Tous les créneaux ouverts ici sont pris" in none.text
    assert datetime.fromisoformat("2027-04-25T00:00:00+02:00") - clock.now() < timedelta(days=90)
