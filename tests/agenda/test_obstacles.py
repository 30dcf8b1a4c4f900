"""Why nothing is offered, and how to mend it. Monday 25 January 2027, 08:00 in Paris."""

from datetime import date, datetime, time, timedelta

import pytest

from core.agenda.desk import Desk, read_workplaces
from core.agenda.obstacles import list_obstacles
from core.agenda.service import refresh
from core.clock import PARIS
from core.contracts.agenda import BusyAnswer, BusyTime
from core.testing.factories import (
    account_of,
    join,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)

TWO = datetime(2027, 2, 2, 14, tzinfo=PARIS)


@pytest.fixture
async def told(platform, database, advisor):
    """What the advisor is told, once the slots are what they should be."""

    async def tell():
        await refresh(platform, [advisor])
        desk = Desk(
            advisor_id=advisor,
            name="Camille E.",
            mine=True,
            workplaces=tuple(await read_workplaces(platform, advisor)),
        )
        return [
            (one.text.replace("\N{NO-BREAK SPACE}", " "), one.href)
            for one in await list_obstacles(platform, desk)
        ]

    return tell


async def test_who_can_be_booked_is_told_nothing(database, advisor, structure, told):
    await make_opening(database, advisor, structure)
    assert await told() == []


async def test_the_person_comes_first_then_each_structure(database, advisor, structure, told):
    await database.execute("UPDATE advisor SET trained_on = '2027-03-01'")
    await database.execute("UPDATE account SET disabled_at = now()")
    other = await make_structure(database, "Une autre", status="draft")
    await join(database, await account_of(database, advisor), other)
    await database.execute("UPDATE agreement SET status = 'ended' WHERE structure = $1", structure)
    assert [text for text, _href in await told()] == [
        "Ce compte est fermé : ses créneaux ne sont pas proposés.",
        "La formation n’est pas encore validée : les créneaux ne sont pas proposés.",
        "Info Jeunes Essai n’a pas de convention active en 2027.",
        "Une autre n’est pas ouverte au public.",
    ]


async def test_who_is_nowhere_is_told_so(database, told):
    await database.execute("UPDATE membership SET ended_at = now()")
    assert [text for text, _href in await told()] == [
        "Vous n’êtes dans aucune structure pour le moment."
    ]


async def test_a_horizon_that_reaches_a_year_without_agreement_says_so_beside_the_rest(
    database, advisor, structure, told, clock
):
    clock.set(datetime(2028, 11, 2, 8, tzinfo=PARIS))
    await make_opening(database, advisor, structure, starts_on=date(2028, 11, 14))
    [(text, _href)] = await told()
    assert text.startswith("Info Jeunes Essai n’a pas encore de convention pour 2029")


async def test_no_opening_leads_to_the_form(advisor, told):
    assert await told() == [("Aucune plage à venir (Info Jeunes Essai).", "/plages/nouvelle")]


async def test_an_opening_without_a_way_to_meet_leads_to_itself(database, advisor, structure, told):
    site = await make_site(database, structure)
    opening = await make_opening(database, advisor, structure, channels=["in_person"], site=site)
    assert await told() == []
    await database.execute("UPDATE site SET is_enabled = false")
    [(text, href)] = await told()
    assert "le lieu est fermé, ou le canal désactivé" in text
    assert href == f"/plages/{opening}"


async def test_a_channel_that_is_switched_off_is_told(database, advisor, structure, told, switch):
    await switch(structure, "on")
    await make_opening(database, advisor, structure, channels=["essai_video"])
    assert await told() == []
    await switch(structure, "off")
    assert "canal désactivé" in (await told())[0][0]


async def test_openings_too_short_or_beyond_the_horizon_are_told(
    database, advisor, structure, told
):
    opening = await make_opening(database, advisor, structure, end_time=time(14, 45))
    assert "ne donnent aucun créneau : un créneau dure 60 minutes" in (await told())[0][0]
    await database.execute(
        "UPDATE opening SET end_time = '17:00', starts_on = '2027-06-01' WHERE id = $1", opening
    )
    assert (await told())[0][0] == (
        "La première plage vient le mardi 1er juin 2027 : les réservations s’ouvrent 90 jours avant."
    )


async def test_what_covers_all_the_openings_is_told(
    database, advisor, structure, told, source, switch
):
    await make_opening(database, advisor, structure)
    absence = await database.fetch_value(
        "INSERT INTO absence (id, advisor, starts_on, start_time, ends_on, end_time)"
        " VALUES (gen_random_uuid(), $1, '2027-02-02', '08:00', '2027-02-02', '18:00') RETURNING id",
        advisor,
    )
    assert await told() == [("Une absence couvre les plages à venir.", "/absences")]
    await database.execute("DELETE FROM absence WHERE id = $1", absence)

    async def answer(context, query):
        return BusyAnswer(
            busy=[BusyTime(advisor_id=advisor, starts_at=TWO, ends_at=TWO + timedelta(hours=4))]
        )

    source.answer = answer
    await switch(structure, "on")
    assert (await told())[0][0] == "Essai : occupé·e pendant les plages à venir."
    source.answer = None
    for hour in range(3):
        await make_appointment(database, advisor, structure, TWO + timedelta(hours=hour))
    assert (await told())[0][0] == "Tous les créneaux sont pris."


async def test_holidays_and_the_lead_time_are_told(database, advisor, structure, told):
    opening = await make_opening(database, advisor, structure, starts_on=date(2027, 3, 29))
    assert "tombent des jours fériés" in (await told())[0][0]
    await database.execute("UPDATE opening SET starts_on = '2027-01-26' WHERE id = $1", opening)
    text, href = (await told())[0]
    assert "dans moins de 48 heures" in text
    assert href == "/rendez-vous/nouveau"
    await database.execute("UPDATE structure SET lead_days = 3")
    assert "dans moins de 3 jours ouvrés" in (await told())[0][0]


async def test_a_calendar_that_does_not_answer_is_told_by_itself(
    database, advisor, structure, told, source, switch
):
    await switch(structure, "on")
    await make_opening(database, advisor, structure)

    async def answer(context, query):
        return BusyAnswer(closed={advisor: "Trop vieux."})

    source.answer = answer
    assert await told() == []


async def test_the_pages_tell_the_advisor_and_the_manager_and_lead_where_it_is_mended(
    platform, client, database, advisor, structure
):
    await signed_in(platform, client, await account_of(database, advisor))
    for path in ("/agenda", "/plages", "/agenda/jour"):
        page = (await client.get(path)).text
        assert "Aucune plage à venir (Info Jeunes Essai)." in page
        assert 'href="/plages/nouvelle">Ouvrir une plage' in page
    manager = await make_advisor(database, structure, role="manager", display_name="Claude R.")
    await make_opening(database, manager, structure)
    await database.execute("UPDATE advisor SET trained_on = NULL WHERE id = $1", manager)
    await refresh(platform, [manager])
    await signed_in(platform, client, await account_of(database, manager))
    slug = await database.fetch_value("SELECT slug FROM structure WHERE id = $1", structure)
    page = (await client.get(f"/reseau/{slug}")).text
    assert "Pourquoi rien n’est proposé" in page
    assert f'href="/plages/nouvelle?conseiller={advisor}"' in page
    assert "La formation n’est pas encore validée" in page
