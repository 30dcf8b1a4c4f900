"""The pages of the agenda, over HTTP. Monday 25 January 2027, 08:00 in Paris."""

import asyncio
from datetime import date, datetime, time

import pytest

from core.clock import PARIS
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_slot,
    make_structure,
    make_youth,
    signed_in,
)

WEEKLY = {
    "repeat": "weekly",
    "every": "1",
    "starts_on": "2027-02-02",
    "start_time": "14:00",
    "end_time": "17:00",
    "channels": ["phone"],
    "slot_minutes": "60",
}
DAY_OFF = {"starts_on": "2027-02-02", "repeat": "none", "every": "1"}


@pytest.fixture
async def me(platform, client, database, advisor):
    return await signed_in(platform, client, await account_of(database, advisor))


@pytest.fixture
async def manager(platform, client, database, structure):
    manager = await make_advisor(database, structure, role="manager", display_name="Claude R.")
    return await signed_in(platform, client, await account_of(database, manager))


async def send(client, path, form):
    return await client.post(path, data={**form, "_csrf_token": await form_token(client)})


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


async def slot_count(database):
    return await database.fetch_value("SELECT count(*) FROM slot")


# Openings


async def test_a_weekly_opening_is_saved_with_its_slots(me, database, structure, advisor):
    answer = await send(me, "/plages", WEEKLY)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/plages"
    row = await database.fetch_one("SELECT * FROM opening")
    assert (row["advisor"], row["structure"]) == (advisor, structure)
    assert (row["repeat"], row["every"], row["ends_on"]) == ("weekly", 1, None)
    assert (row["start_time"], row["end_time"]) == (time(14), time(17))
    assert await slot_count(database) == 12 * 3
    page = await me.get("/plages")
    assert "La plage est enregistrée\N{NO-BREAK SPACE}: Chaque mardi, 14 h à 17 h." in page.text
    assert "mar. 2 févr. 14 h" in page.text


async def test_the_ways_to_meet_are_said_in_the_language_of_the_page(
    me, database, structure, advisor
):
    await send(me, "/plages", WEEKLY)
    await make_appointment(database, advisor, structure, paris(2027, 1, 26, 14))
    for path in ("/agenda", "/agenda/semaine?jour=2027-01-26", "/plages", "/plages/nouvelle"):
        page = (await me.get(f"{path}{'&' if '?' in path else '?'}lang=en")).text
        assert "By phone" in page, path
        assert "Par téléphone" not in page, path


async def test_an_opening_is_changed_whole_and_its_slots_follow(me, database):
    await send(me, "/plages", WEEKLY)
    opening = await database.fetch_value("SELECT id FROM opening")
    page = await me.get(f"/plages/{opening}")
    assert 'value="2027-02-02"' in page.text
    assert 'value="14:00"' in page.text
    changed = {
        **WEEKLY,
        "repeat": "monthly",
        "every": "2",
        "start_time": "09:30",
        "end_time": "11:30",
        "ends_on": "2027-12-31",
    }
    answer = await send(me, f"/plages/{opening}", changed)
    assert answer.status_code == 303
    row = await database.fetch_one("SELECT * FROM opening")
    assert (row["id"], row["repeat"], row["every"]) == (opening, "monthly", 2)
    starts = await database.fetch("SELECT starts_at FROM slot ORDER BY 1")
    assert [row["starts_at"] for row in starts] == [
        paris(2027, 2, 2, 9, 30),
        paris(2027, 2, 2, 10, 30),
        paris(2027, 4, 6, 9, 30),
        paris(2027, 4, 6, 10, 30),
    ]
    assert "Le premier mardi, tous les 2 mois, 9 h 30 à 11 h 30" in (await me.get("/plages")).text


async def test_an_opening_deleted_takes_its_slots_and_leaves_appointments(
    me, database, structure, advisor
):
    await send(me, "/plages", WEEKLY)
    await make_appointment(database, advisor, structure, paris(2027, 2, 2, 15))
    opening = await database.fetch_value("SELECT id FROM opening")
    answer = await send(me, f"/plages/{opening}/supprimer", {})
    assert answer.status_code == 303
    assert await slot_count(database) == 0
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"
    assert (await me.get(f"/plages/{opening}")).status_code == 404


FAULTY_OPENINGS = [
    ({"end_time": "13:00"}, "end_time", "La fin doit venir après le début."),
    ({"end_time": "14:00"}, "end_time", "La fin doit venir après le début."),
    ({"end_time": "14:45"}, "end_time", "un créneau dure 60 minutes"),
    ({"ends_on": "2027-02-01"}, "ends_on", "Le dernier jour doit venir après le premier."),
    (
        {"starts_on": "2026-12-01", "ends_on": "2027-01-20"},
        "ends_on",
        "Ce dernier jour est déjà passé.",
    ),
    ({"repeat": "none", "starts_on": "2027-01-22"}, "starts_on", "déjà passée"),
    (
        {
            "repeat": "none",
            "starts_on": "2027-01-25",
            "start_time": "06:00",
            "end_time": "08:00",
        },
        "starts_on",
        "déjà passée",
    ),
    ({"channels": ["in_person"]}, "site", "choisissez un lieu d’accueil"),
    ({"channels": ["pigeon"]}, "channels", "n’est pas ouvert dans cette structure"),
    ({"channels": ["essai_video"]}, "channels", "n’est pas ouvert dans cette structure"),
    ({"channels": []}, "channels", "Ce champ est nécessaire."),
    ({"every": "13"}, "every", "entre 1 et 12"),
    ({"repeat": "yearly"}, "repeat", "Choisissez parmi les réponses proposées"),
    ({"starts_on": "2027-02-30"}, "starts_on", "Cette date n’existe pas."),
    ({"start_time": "25:00"}, "start_time", "Cette heure n’existe pas."),
    ({"start_time": "14:00:00Z"}, "start_time", "Cette heure n’existe pas."),
    ({"slot_minutes": "5"}, "slot_minutes", "entre 15 et 240"),
    ({"site": "8e2b1d1c-0000-4000-8000-000000000000"}, "site", "n’accueille pas"),
    (
        {"structure": "8e2b1d1c-0000-4000-8000-000000000000"},
        "structure",
        "Choisissez la structure",
    ),
]


async def test_a_faulty_opening_says_so_beside_its_field_and_keeps_what_was_typed(me, database):
    for change, field, message in FAULTY_OPENINGS:
        answer = await send(me, "/plages", {**WEEKLY, **change})
        assert answer.status_code == 422, change
        assert message in answer.text, change
        assert f'href="#f-{field}"' in answer.text, change
        typed = change.get("starts_on", "2027-02-02")
        assert f'value="{typed}"' in answer.text, change
    assert await database.fetch_value("SELECT count(*) FROM opening") == 0


async def test_s15_a_series_that_ends_on_its_first_day_is_refused(me, database):
    answer = await send(me, "/plages", {**WEEKLY, "ends_on": WEEKLY["starts_on"]})
    assert answer.status_code == 422
    assert "Le dernier jour est aussi le premier" in answer.text
    assert 'href="#f-ends_on"' in answer.text
    assert await database.fetch_value("SELECT count(*) FROM opening") == 0


async def test_the_site_of_another_structure_is_refused(me, database):
    foreign = await make_site(database, await make_structure(database))
    answer = await send(me, "/plages", {**WEEKLY, "channels": ["in_person"], "site": str(foreign)})
    assert answer.status_code == 422
    assert "n’accueille pas" in answer.text


async def test_an_opening_in_person_at_a_site_is_saved(me, database, structure):
    site = await make_site(database, structure)
    answer = await send(
        me, "/plages", {**WEEKLY, "channels": ["in_person", "phone"], "site": str(site)}
    )
    assert answer.status_code == 303
    assert await database.fetch_value("SELECT DISTINCT site FROM slot") == site


async def test_s17_overlapping_openings_are_saved_with_a_warning(me, database):
    await send(me, "/plages", {**WEEKLY, "start_time": "09:00", "end_time": "11:00"})
    answer = await send(
        me,
        "/plages",
        {
            **WEEKLY,
            "repeat": "none",
            "starts_on": "2027-02-09",
            "start_time": "10:00",
            "end_time": "12:00",
        },
    )
    assert answer.status_code == 303
    page = await me.get("/plages")
    assert "Elle se superpose à une autre (Chaque mardi, 9 h à 11 h)" in page.text
    assert 'data-tone="info"' in page.text


async def test_openings_that_touch_or_never_meet_give_no_warning(me, database):
    await send(me, "/plages", WEEKLY)
    for change in (
        {"start_time": "17:00", "end_time": "18:00"},
        {"starts_on": "2027-02-03"},
    ):
        await send(me, "/plages", {**WEEKLY, **change})
        assert "superpose" not in (await me.get("/plages")).text


async def test_a_preview_shows_the_slots_and_changes_nothing(me, database):
    answer = await send(
        me, "/plages/apercu", {**WEEKLY, "starts_on": "2027-03-29", "end_time": "16:00"}
    )
    assert answer.status_code == 200
    assert "Chaque lundi, 14 h à 16 h" in answer.text
    assert "jour férié\N{NO-BREAK SPACE}: Lundi de Pâques" in answer.text
    assert answer.text.count('data-why="offered"') == 3 * 2
    assert "lun. 5 avr." in answer.text
    assert await database.fetch_value("SELECT count(*) FROM opening") == 0
    assert await slot_count(database) == 0


async def test_a_preview_needs_the_times_only(me):
    form = {**WEEKLY, "channels": ["in_person"]}
    page = (await send(me, "/plages/apercu", form)).text
    assert "mar. 2 févr." in page
    assert "choisissez un lieu d’accueil" in page
    page = (await send(me, "/plages/apercu", {**WEEKLY, "end_time": "14:30"})).text
    assert "Complétez la plage" in page


async def test_an_advisor_of_two_structures_says_for_which(me, database, advisor, structure):
    other = await make_structure(database, "Mission locale d’essai")
    await join(database, await account_of(database, advisor), other)
    refused = await send(me, "/plages", WEEKLY)
    assert refused.status_code == 422
    assert "Choisissez la structure" in refused.text
    answer = await send(me, "/plages", {**WEEKLY, "structure": str(other)})
    assert answer.status_code == 303
    assert await database.fetch_value("SELECT structure FROM opening") == other


# Absences


async def test_a_day_off_takes_the_slots_and_its_deletion_brings_them_back(me, database):
    await send(me, "/plages", WEEKLY)
    answer = await send(me, "/absences", DAY_OFF)
    assert (answer.status_code, answer.headers["location"]) == (303, "/absences")
    assert await slot_count(database) == 11 * 3
    page = await me.get("/absences")
    assert "Le mardi 2 février 2027, toute la journée" in page.text
    absence = await database.fetch_value("SELECT id FROM absence")
    await send(me, f"/absences/{absence}/supprimer", {})
    assert await slot_count(database) == 12 * 3


async def test_an_absence_that_is_sent_twice_is_one(me, database):
    await send(me, "/plages", WEEKLY)
    answers = await asyncio.gather(*(send(me, "/absences", DAY_OFF) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await database.fetch_value("SELECT count(*) FROM absence") == 1
    await send(me, "/absences", {**DAY_OFF, "label": "Formation"})
    assert await database.fetch_value("SELECT count(*) FROM absence") == 2


async def test_an_absence_is_changed_whole(me, database):
    await send(me, "/plages", WEEKLY)
    await send(me, "/absences", {**DAY_OFF, "label": "Formation"})
    absence = await database.fetch_value("SELECT id FROM absence")
    form = {
        **DAY_OFF,
        "repeat": "weekly",
        "start_time": "14:00",
        "end_time": "15:00",
        "until": "2027-02-16",
    }
    assert (await send(me, f"/absences/{absence}", form)).status_code == 303
    row = await database.fetch_one("SELECT * FROM absence")
    assert (row["id"], row["label"], row["until"]) == (absence, "", date(2027, 2, 16))
    assert await slot_count(database) == 12 * 3 - 3


FAULTY_ABSENCES = [
    ({"ends_on": "2027-02-01"}, "ends_on", "ne peut pas venir avant le premier"),
    ({"start_time": "12:00", "end_time": "11:00"}, "end_time", "La fin doit venir après"),
    ({"start_time": "12:00", "end_time": "12:00"}, "end_time", "La fin doit venir après"),
    ({"repeat": "weekly", "until": "2027-02-02"}, "until", "au-delà du premier jour"),
    (
        {"repeat": "weekly", "starts_on": "2027-01-05", "until": "2027-01-19"},
        "until",
        "déjà passé",
    ),
    ({"starts_on": "2027-01-22"}, "ends_on", "déjà passée"),
    ({"label": "x" * 121}, "label", "120 caractères au plus"),
    ({"starts_on": "hier"}, "starts_on", "Cette date n’existe pas."),
]


async def test_a_faulty_absence_says_so_beside_its_field_and_keeps_what_was_typed(me, database):
    for change, field, message in FAULTY_ABSENCES:
        form = {**DAY_OFF, "label": "Congés d’hiver", **change}
        answer = await send(me, "/absences", form)
        assert answer.status_code == 422, change
        assert message in answer.text, change
        assert f'href="#f-{field}"' in answer.text, change
        assert form["label"] in answer.text, change
    assert await database.fetch_value("SELECT count(*) FROM absence") == 0


async def test_s11_an_absence_of_several_days_does_not_recur(me, database):
    several = {**DAY_OFF, "ends_on": "2027-02-04"}
    assert (await send(me, "/absences", several)).status_code == 303
    answer = await send(me, "/absences", {**several, "repeat": "weekly"})
    assert answer.status_code == 422
    assert "Une absence qui se répète tient dans une journée" in answer.text
    assert 'href="#f-ends_on"' in answer.text
    assert await database.fetch_value("SELECT count(*) FROM absence") == 1


async def test_an_absence_over_appointments_is_saved_and_shows_them(
    me, database, structure, advisor
):
    touched = [
        await make_appointment(
            database,
            advisor,
            structure,
            paris(2027, 2, day, 15),
            youth=await make_youth(database, name=f"Jeune du {day}"),
        )
        for day in (2, 9, 10)
    ]
    await make_appointment(
        database,
        advisor,
        structure,
        paris(2027, 2, 16, 15),
        status="cancelled_by_youth",
        youth=await make_youth(database, name="Jeune qui a annulé"),
    )
    form = {**DAY_OFF, "repeat": "weekly", "start_time": "15:30", "end_time": "18:00"}
    answer = await send(me, "/absences", form)
    absence = await database.fetch_value("SELECT id FROM absence")
    assert answer.headers["location"] == f"/absences/{absence}/rendez-vous"
    page = (await me.get(f"/absences/{absence}/rendez-vous")).text
    assert "2 rendez-vous sont déjà pris pendant cette absence." in page
    assert "Jeune du 2" in page
    assert f'href="/rendez-vous/{touched[0]}"' in page
    assert f'href="/rendez-vous/{touched[1]}"' in page
    assert "Jeune du 10" not in page
    assert "Jeune qui a annulé" not in page
    assert "2 rendez-vous pendant cette absence" in (await me.get("/absences")).text
    assert (
        await database.fetch_value("SELECT count(*) FROM appointment WHERE status = 'booked'") == 3
    )


# Today and the week


async def test_today_shows_the_day_what_is_to_fill_in_and_the_offer(
    me, database, structure, advisor
):
    coming = await make_appointment(
        database,
        advisor,
        structure,
        paris(2027, 1, 25, 14),
        youth=await make_youth(database, name="Nour Essai"),
    )
    past = await make_appointment(
        database,
        advisor,
        structure,
        paris(2027, 1, 20, 10),
        youth=await make_youth(database, name="Lou Essai"),
    )
    await make_slot(database, advisor, structure, paris(2027, 1, 27, 10))
    await make_slot(database, advisor, structure, paris(2027, 1, 25, 14))
    page = (await me.get("/agenda")).text
    assert "Lundi 25 janvier 2027" in page
    assert "Nour Essai" in page
    assert f'href="/entretiens/{coming}"' in page
    assert "14 h" in page
    assert "Par téléphone" in page
    assert "Un entretien à renseigner" in page
    assert f'href="/entretiens/{past}"' in page
    assert '2<span class="gauge-target"> / 3</span>' in page
    assert '0<span class="gauge-target"> / 3</span>' in page


async def test_today_tells_why_slots_are_hidden_or_never_offered(me, database, structure, advisor):
    await database.execute(
        "INSERT INTO supply_problem (advisor, source, effect, reason) VALUES"
        " ($1, 'essai:busy', 'hidden', 'L’agenda externe date de trois jours.')",
        advisor,
    )
    await database.execute("UPDATE agreement SET status = 'ended'")
    for path in ("/agenda", "/plages"):
        page = (await me.get(path)).text
        assert "Créneaux masqués\N{NO-BREAK SPACE}: Essai" in page
        assert "L’agenda externe date de trois jours." in page
        assert "n’a pas de convention active en 2027" in page


async def test_the_week_shows_openings_absences_appointments_and_holidays(
    me, database, structure, advisor, clock
):
    clock.set(paris(2027, 5, 3, 8))
    await signed_in_again(me, database, advisor)
    await make_opening(database, advisor, structure, repeat="weekly", starts_on=date(2027, 2, 2))
    appointment = await make_appointment(database, advisor, structure, paris(2027, 5, 4, 15))
    await send(
        me,
        "/absences",
        {"starts_on": "2027-05-05", "ends_on": "2027-05-07", "repeat": "none", "every": "1"},
    )
    page = (await me.get("/agenda/semaine")).text
    assert "Semaine du lundi 3 mai 2027" in page
    assert 'class="event fh-14 fm-0 dh-3 dm-0 lane-0 of-1" data-kind="opening"' in page
    assert 'class="event fh-15 fm-0 dh-1 dm-0 lane-0 of-1" data-kind="appointment"' in page
    assert page.count('data-kind="absence">') == 3 + 1  # three days and the legend
    assert page.count("Toute la journée") == 3
    assert f'href="/entretiens/{appointment}"' in page
    assert "Ascension" in page
    assert "sam. 8" not in page
    other = (await me.get("/agenda/semaine?jour=2027-05-13")).text
    assert "Semaine du lundi 10 mai 2027" in other
    assert "style=" not in page


async def signed_in_again(client, database, advisor):
    await database.execute("UPDATE session SET expires_at = '2030-01-01', seen_at = '2029-01-01'")


# Who may


async def test_a_manager_works_at_the_desk_of_an_advisor_of_the_structure(
    manager, database, advisor, structure
):
    page = (await manager.get("/agenda")).text
    assert "Camille E." in page
    answer = await send(manager, f"/plages?conseiller={advisor}", WEEKLY)
    assert answer.headers["location"] == f"/plages?conseiller={advisor}"
    row = await database.fetch_one("SELECT * FROM opening")
    assert row["advisor"] == advisor
    answer = await send(manager, f"/absences?conseiller={advisor}", DAY_OFF)
    assert answer.status_code == 303
    actions = await database.fetch("SELECT action FROM audit ORDER BY id")
    assert [row["action"] for row in actions] == ["agenda.opening_saved", "agenda.absence_saved"]
    appointment = await make_appointment(database, advisor, structure, paris(2027, 1, 25, 14))
    assert f"/entretiens/{appointment}" in (await manager.get(f"/agenda?conseiller={advisor}")).text


async def test_a_manager_sees_that_an_advisor_is_taken_elsewhere_but_not_by_whom(
    manager, database, advisor
):
    other = await make_structure(database)
    await join(database, await account_of(database, advisor), other)
    opening = await make_opening(database, advisor, other)
    appointment = await make_appointment(
        database,
        advisor,
        other,
        paris(2027, 1, 25, 14),
        youth=await make_youth(database, name="Sasha Ailleurs"),
    )
    for path in ("/agenda", "/agenda/semaine"):
        page = (await manager.get(f"{path}?conseiller={advisor}")).text
        assert "Rendez-vous" in page
        assert "Sasha Ailleurs" not in page
        assert str(appointment) not in page
    assert (await manager.get(f"/plages/{opening}")).status_code == 404
    assert str(opening) not in (await manager.get(f"/plages?conseiller={advisor}")).text


async def test_another_structures_objects_do_not_exist(
    platform, client, database, me, advisor, structure
):
    opening = await make_opening(database, advisor, structure)
    await send(me, "/absences", DAY_OFF)
    absence = await database.fetch_value("SELECT id FROM absence")
    elsewhere = await make_structure(database)
    for role in ("advisor", "manager"):
        stranger = await make_advisor(database, elsewhere, role=role)
        await signed_in(platform, client, await account_of(database, stranger))
        for path in (
            "/agenda",
            "/agenda/semaine",
            "/plages",
            "/plages/nouvelle",
            "/absences",
            "/absences/nouvelle",
        ):
            assert (await client.get(f"{path}?conseiller={advisor}")).status_code == 404
        for path in (f"/plages/{opening}", f"/absences/{absence}"):
            assert (await client.get(path)).status_code == 404
            assert (await send(client, path, {**WEEKLY, **DAY_OFF})).status_code == 404
            assert (await send(client, f"{path}/supprimer", {})).status_code == 404
        for path in ("/plages", "/plages/apercu", "/absences"):
            answer = await send(client, f"{path}?conseiller={advisor}", {**WEEKLY, **DAY_OFF})
            assert answer.status_code == 404
        assert (await send(client, f"/plages/apercu?plage={opening}", WEEKLY)).status_code == 404
    assert await database.fetch_value("SELECT count(*) FROM opening") == 1
    assert await database.fetch_value("SELECT count(*) FROM absence") == 1


async def test_a_colleague_without_the_role_does_not_touch_anothers_openings(
    platform, client, database, advisor, structure
):
    opening = await make_opening(database, advisor, structure)
    colleague = await make_advisor(database, structure)
    await signed_in(platform, client, await account_of(database, colleague))
    assert (await client.get(f"/plages/{opening}")).status_code == 404
    assert (await send(client, f"/plages/{opening}/supprimer", {})).status_code == 404


async def test_the_coordination_has_its_network_and_reads_no_name(
    platform, client, database, advisor, structure
):
    account = await make_account(database, region_role="coordinator")
    await signed_in(platform, client, account)
    answer = await client.get("/agenda")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reseau")
    await make_appointment(database, advisor, structure, paris(2027, 1, 25, 14))
    page = (await client.get(f"/agenda?conseiller={advisor}")).text
    assert "Rendez-vous" in page
    assert "Alix Essai" not in page


async def test_a_manager_who_holds_no_interview_chooses_an_agenda(
    platform, client, database, advisor, structure
):
    account = await make_account(database)
    await join(database, account, structure, role="manager")
    await signed_in(platform, client, account)
    page = (await client.get("/plages")).text
    assert f'href="/plages?conseiller={advisor}"' in page


async def test_nobody_reads_an_agenda_without_signing_in(client):
    for path in ("/agenda", "/agenda/semaine", "/plages", "/absences"):
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/connexion")


async def test_reading_changes_nothing(me, database, structure, advisor):
    await make_opening(database, advisor, structure)
    for path in (
        "/agenda",
        "/agenda/semaine",
        "/plages",
        "/plages/nouvelle",
        "/absences",
        "/absences/nouvelle",
    ):
        assert (await me.get(path)).status_code == 200
    assert await slot_count(database) == 0
