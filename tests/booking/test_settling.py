"""Absences over appointments: one entry for several advisors, and what becomes of each appointment."""

import re
from datetime import date, datetime, time, timedelta

import pytest

from core.agenda.service import refresh
from core.booking.views import read_view
from core.clock import PARIS
from core.notices import service as notices
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_structure,
    make_youth,
    signed_in,
)

TUESDAY = datetime(2027, 2, 2, 14, tzinfo=PARIS)
HOUR = timedelta(hours=1)
TRAINING = {"starts_on": "2027-02-02", "repeat": "none", "every": "1", "label": "Formation"}


@pytest.fixture
async def structure(database):
    return await make_structure(database, slug="essai")


@pytest.fixture
async def team(platform, database, structure):
    """Camille, Sacha and Noa, who offer Tuesday 2 February from 14:00 to 17:00, and Wednesday too."""
    advisors = []
    for name in ("Camille E.", "Sacha E.", "Noa E."):
        advisor = await make_advisor(database, structure, display_name=name)
        for day in (2, 3):
            await make_opening(database, advisor, structure, starts_on=date(2027, 2, day))
        advisors.append(advisor)
    await refresh(platform, advisors)
    return advisors


@pytest.fixture
async def manager(platform, client, database, structure):
    account = await make_account(database, name="Claude R.")
    await join(database, account, structure, role="manager")
    return await signed_in(platform, client, account)


@pytest.fixture
async def booked(database, structure, team):
    """Camille's three appointments of the Tuesday: 14:00, 15:00, 16:00."""
    return [
        await make_appointment(
            database,
            team[0],
            structure,
            TUESDAY + number * HOUR,
            youth=await make_youth(database, name=name, email=f"{name}@example.org"),
        )
        for number, name in enumerate(("Alix", "Lou", "Sam"))
    ]


async def send(client, path, form):
    return await client.post(path, data={**form, "_csrf_token": await form_token(client)})


def said(answer):
    return answer.text.replace("\u00a0", " ")


async def absence_of(database, advisor):
    return await database.fetch_value("SELECT id FROM absence WHERE advisor = $1", advisor)


async def statuses(platform, booked):
    return [(view.status, view.sequence) for view in [await read_view(platform, b) for b in booked]]


def sequences(booked):
    return {f"sequence-{id_}": "0" for id_ in booked}


async def test_b11_each_appointment_is_settled_and_each_youth_hears_once(
    platform, manager, database, team, booked
):
    camille, sacha, _noa = team
    saved = await send(manager, f"/absences?conseiller={camille}", TRAINING)
    here = f"/absences/{await absence_of(database, camille)}/rendez-vous"
    assert saved.headers["location"] == here
    page = said(await manager.get(here))
    for words in (
        "3 rendez-vous sont déjà pris pendant cette absence.",
        "Alix",
        "Confier à Noa E., sans rien changer d’autre",
        "Confier à Sacha E., sans rien changer d’autre",
        "Déplacer : mercredi 3 février 2027 à 14 h",
        "Annuler, et proposer de choisir un autre moment en visio",
    ):
        assert words in page, words
    assert page.count(" checked") == 3  # each begins with someone who is free

    choices = {
        f"deed-{booked[0]}": f"give:{sacha}",
        f"deed-{booked[1]}": "move:2027-02-03T13:00:00Z",
        f"deed-{booked[2]}": "cancel",
        f"word-{booked[2]}": "Je suis en formation ce jour-là.",
    }
    check = await send(manager, here, {**choices, "step": "check"})
    assert check.status_code == 200
    text = said(check)
    assert "Alix</strong> : changement, E-mail" in text
    assert "Sam</strong> : annulation, E-mail" in text
    assert "Je suis en formation ce jour-là." in text
    assert await statuses(platform, booked) == [("booked", 0)] * 3  # nothing is done yet

    back = said(await send(manager, here, {**choices, "step": "back"}))
    assert 'value="cancel" checked' in back

    done = await send(manager, here, {**choices, **sequences(booked), "step": "apply"})
    assert done.headers["location"] == here
    assert await statuses(platform, booked) == [
        ("booked", 1),
        ("booked", 1),
        ("cancelled_by_structure", 1),
    ]
    page = said(await manager.get(here))
    assert "3 rendez-vous sont réglés" in page
    assert "Plus aucun rendez-vous pendant cette absence" in page
    again = await send(manager, here, {**choices, **sequences(booked), "step": "apply"})
    assert again.status_code == 303
    assert [sequence for _s, sequence in await statuses(platform, booked)] == [1, 1, 1]

    await notices.plan_all(platform)
    rows = await database.fetch(
        "SELECT appointment, kind FROM receipt WHERE audience = 'youth' ORDER BY kind, appointment"
    )
    assert sorted((row["kind"], row["appointment"]) for row in rows) == sorted(
        [("change", booked[0]), ("change", booked[1]), ("cancellation", booked[2])]
    )


async def test_all_at_once_goes_to_whoever_is_free_and_the_rest_stays_listed(
    platform, manager, database, structure, team, booked
):
    camille, sacha, noa = team
    for colleague in (sacha, noa):
        await make_appointment(database, colleague, structure, TUESDAY + 2 * HOUR)
    await send(manager, f"/absences?conseiller={camille}", TRAINING)
    here = f"/absences/{await absence_of(database, camille)}/rendez-vous"
    check = said(await send(manager, here, {"step": "all"}))
    assert check.count("rendez-vous confié") == 2
    assert "Rien ne change, rien ne part." in check
    form = dict(
        re.findall(r'type="hidden" name="((?:deed|sequence|word)-[^"]+)" value="([^"]*)"', check)
    )
    assert f"deed-{booked[2]}" in form
    await send(manager, here, {**form, "step": "apply"})
    assert await statuses(platform, booked) == [("booked", 1), ("booked", 1), ("booked", 0)]
    page = said(await manager.get(here))
    assert "Sam" in page
    assert "Alix" not in page


async def test_a_colleague_who_is_taken_meanwhile_leaves_the_others_settled_and_is_said(
    platform, manager, database, structure, team, booked
):
    camille, sacha, _noa = team
    await send(manager, f"/absences?conseiller={camille}", TRAINING)
    here = f"/absences/{await absence_of(database, camille)}/rendez-vous"
    await make_appointment(database, sacha, structure, TUESDAY)
    choices = {f"deed-{id_}": f"give:{sacha}" for id_ in booked}
    stale = await send(manager, here, {**choices, "step": "check"})
    assert stale.status_code == 422
    assert f'href="#f-deed-{booked[0]}"' in stale.text
    answer = await send(manager, here, {**choices, **sequences(booked), "step": "apply"})
    assert answer.status_code == 409
    assert "n’est plus libre à cette heure-là" in said(answer)
    assert "2 rendez-vous sont réglés" in said(answer)
    assert await statuses(platform, booked) == [("booked", 0), ("booked", 1), ("booked", 1)]


async def test_a_cancellation_without_a_word_and_no_choice_at_all_are_faults(
    manager, database, team, booked
):
    await send(manager, f"/absences?conseiller={team[0]}", TRAINING)
    here = f"/absences/{await absence_of(database, team[0])}/rendez-vous"
    keep = {f"deed-{id_}": "keep" for id_ in booked}
    faulty = await send(manager, here, {**keep, f"deed-{booked[1]}": "cancel", "step": "check"})
    assert faulty.status_code == 422
    assert f'href="#f-word-{booked[1]}"' in faulty.text
    nothing = await send(manager, here, {**keep, "step": "check"})
    assert nothing.status_code == 422
    assert "il n’y a rien à confirmer" in nothing.text
    odd = await send(manager, here, {**keep, f"deed-{booked[0]}": "sell", "step": "check"})
    assert f'href="#f-deed-{booked[0]}"' in odd.text


async def test_one_entry_for_several_advisors_is_a_row_each_changed_and_removed_together(
    platform, manager, database, team, booked
):
    camille, sacha, noa = team
    form = {**TRAINING, "advisors": [str(camille), str(sacha), str(noa)]}
    page = await manager.get(f"/absences/nouvelle?conseiller={camille}")
    assert page.text.count('name="advisors"') == 3
    saved = await send(manager, f"/absences?conseiller={camille}", form)
    mine = await absence_of(database, camille)
    assert saved.headers["location"] == f"/absences/{mine}/rendez-vous"
    rows = await database.fetch("SELECT advisor, shared FROM absence")
    assert {row["advisor"] for row in rows} == set(team)
    assert len({row["shared"] for row in rows}) == 1
    slots = "SELECT count(*) FROM slot WHERE starts_at < '2027-02-03'"
    assert await database.fetch_value(slots) == 0
    assert "Confier à" not in said(await manager.get(f"/absences/{mine}/rendez-vous"))
    listed = said(await manager.get(f"/absences?conseiller={camille}"))
    assert "Pour Camille E., Noa E., Sacha E." in listed

    await send(
        manager,
        f"/absences/{mine}",
        {**TRAINING, "start_time": "09:00", "end_time": "15:00", "scope": "all"},
    )
    rows = await database.fetch("SELECT DISTINCT end_time, shared IS NULL FROM absence")
    assert [tuple(row) for row in rows] == [(time(15), False)]
    await send(manager, f"/absences/{mine}", {**TRAINING, "end_time": "16:00", "scope": "one"})
    rows = await database.fetch("SELECT advisor, end_time, shared IS NULL AS alone FROM absence")
    assert {row["advisor"]: (row["end_time"], row["alone"]) for row in rows} == {
        camille: (time(16), True),
        sacha: (time(15), False),
        noa: (time(15), False),
    }
    await send(manager, f"/absences/{await absence_of(database, noa)}/supprimer", {"scope": "all"})
    assert [row["advisor"] for row in await database.fetch("SELECT advisor FROM absence")] == [
        camille
    ]
    assert await database.fetch_value(slots) == 6 + 1


async def test_an_advisor_enters_their_own_only_and_leaves_the_shared_one_alone(
    platform, client, manager, database, team
):
    camille, sacha, _noa = team
    form = {**TRAINING, "advisors": [str(camille), str(sacha)]}
    await send(manager, f"/absences?conseiller={camille}", form)
    await signed_in(platform, client, await account_of(database, camille))
    assert 'name="advisors"' not in (await client.get("/absences/nouvelle")).text
    refused = await send(client, "/absences", {**TRAINING, "advisors": [str(sacha)]})
    assert refused.status_code == 404
    mine = await absence_of(database, camille)
    await send(client, f"/absences/{mine}/supprimer", {"scope": "all"})
    assert await absence_of(database, sacha) is not None
    assert await absence_of(database, camille) is None


async def test_an_advisor_settles_their_own_appointments(platform, client, database, team, booked):
    camille, _sacha, noa = team
    await signed_in(platform, client, await account_of(database, camille))
    await send(client, "/absences", TRAINING)
    here = f"/absences/{await absence_of(database, camille)}/rendez-vous"
    choices = {f"deed-{booked[0]}": f"give:{noa}", f"sequence-{booked[0]}": "0"}
    assert (await send(client, here, {**choices, "step": "apply"})).status_code == 303
    assert (await read_view(platform, booked[0])).advisor_id == noa
    assert await database.fetch_value("SELECT count(*) FROM audit") == 0


async def test_the_appointments_of_another_structure_are_shown_as_taken_and_stay(
    platform, manager, database, team, booked
):
    camille, sacha, _noa = team
    other = await make_structure(database, "Ailleurs")
    await join(database, await account_of(database, camille), other)
    youth = await make_youth(database, name="Sasha Ailleurs")
    foreign = await make_appointment(database, camille, other, TUESDAY - 3 * HOUR, youth=youth)
    await send(manager, f"/absences?conseiller={camille}", TRAINING)
    here = f"/absences/{await absence_of(database, camille)}/rendez-vous"
    page = said(await manager.get(here))
    assert "c’est à elle d’en décider" in page
    assert "Sasha" not in page
    assert f'name="deed-{foreign}"' not in page
    forged = {f"deed-{foreign}": f"give:{sacha}", f"sequence-{foreign}": "0"}
    own = {f"deed-{booked[0]}": f"give:{sacha}", f"sequence-{booked[0]}": "0"}
    answer = await send(manager, here, {**own, **forged, "step": "apply"})
    assert answer.status_code == 404
    assert await statuses(platform, booked) == [("booked", 0)] * 3


async def test_s09_a_long_absence_takes_the_week_and_all_is_back_on_the_monday_after(
    manager, platform, database, structure
):
    advisor = await make_advisor(database, structure)
    for weekday in range(5):
        await make_opening(
            database,
            advisor,
            structure,
            repeat="weekly",
            starts_on=date(2027, 2, 1) + timedelta(days=weekday),
            start_time=time(9),
            end_time=time(12),
        )
    form = {
        "starts_on": "2027-02-08",
        "start_time": "09:00",
        "ends_on": "2027-02-12",
        "end_time": "18:00",
        "repeat": "none",
        "every": "1",
    }
    await send(manager, f"/absences?conseiller={advisor}", form)
    rows = await database.fetch(
        "SELECT (starts_at AT TIME ZONE 'Europe/Paris')::date AS day, count(*) AS n FROM slot"
        " WHERE starts_at < '2027-02-20' GROUP BY 1 ORDER BY 1"
    )
    days = [date(2027, 2, day) for day in (1, 2, 3, 4, 5, 15, 16, 17, 18, 19)]
    assert [(row["day"], row["n"]) for row in rows] == [(day, 3) for day in days]
