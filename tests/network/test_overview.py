from datetime import UTC, datetime

import pytest

from core.accounts.access import CurrentUser
from core.network.overview import list_structures
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_slot,
    make_structure,
    make_youth,
    signed_in,
)


@pytest.fixture
async def structure(platform):
    """An active structure in Gironde: two advisors, one in training; two slots this week and one booked hour."""
    database = platform.db
    structure_id = await make_structure(database, "Info Jeunes Essai", slug="essai")
    await make_site(database, structure_id)
    advisor = await make_advisor(database, structure_id, display_name="Camille Essai")
    await make_advisor(database, structure_id, display_name="Sacha Essai", trained_on=None)
    for hour in (9, 10):
        await make_slot(database, advisor, structure_id, datetime(2027, 1, 28, hour, tzinfo=UTC))
    youth = await make_youth(database, name="Nom Secret")
    await make_appointment(
        database, advisor, structure_id, datetime(2027, 1, 28, 9, tzinfo=UTC), youth=youth
    )
    await database.execute(
        "INSERT INTO supply_problem (advisor, source, effect, reason) VALUES ($1, 'core:openings', 'stale', 'Panne')",
        advisor,
    )
    return structure_id


@pytest.fixture
async def coordinator(platform, client):
    return await signed_in(
        platform, client, await make_account(platform.db, region_role="coordinator")
    )


async def test_the_network_is_seen_at_a_glance(coordinator, structure):
    text = (await coordinator.get("/reseau")).text
    assert "Info Jeunes Essai" in text
    assert "manque de créneaux" in text
    assert "Panne" in text
    assert "Gironde\N{NO-BREAK SPACE}: 1 structure, 2 h offertes" in text
    assert "Secret" not in text


async def test_the_figures_of_a_structure_are_right(platform, structure, client):
    account = await make_account(platform.db)
    await join(platform.db, account, structure, role="manager")
    await signed_in(platform, client, account)
    text = (await client.get("/reseau")).text
    assert "Info Jeunes Essai" in text
    (summary,) = await list_structures(
        platform,
        CurrentUser(account_id=account, name="", email="", region_role="coordinator"),
    )
    assert (summary.advisors, summary.bookable, summary.sites) == (2, 1, 1)
    assert (summary.offered, summary.coming, summary.problems) == (2, 1, 1)
    assert summary.is_short
    assert summary.agreement == "active"


async def test_a_third_slot_is_enough(platform, coordinator, structure):
    advisor = await platform.db.fetch_value("SELECT advisor FROM slot LIMIT 1")
    await make_slot(platform.db, advisor, structure, datetime(2027, 1, 31, 22, 30, tzinfo=UTC))
    assert "manque de créneaux" not in (await coordinator.get("/reseau")).text


async def test_the_week_that_is_looked_at_says_who_is_short_and_the_first_free_hour_is_foretold(
    platform, coordinator, structure
):
    advisor = await platform.db.fetch_value("SELECT advisor FROM slot LIMIT 1")
    for hour in (9, 10, 11):
        await make_slot(platform.db, advisor, structure, datetime(2027, 2, 10, hour, tzinfo=UTC))
    user = CurrentUser(account_id=structure, name="", email="", region_role="coordinator")
    [summary] = await list_structures(platform, user)
    assert [week.hours for week in summary.weeks] == [2, 0, 3, 0, 0]
    assert (summary.is_short, summary.wait_days) == (True, 3)
    [summary] = await list_structures(platform, user, 2)
    assert (summary.offered, summary.is_short) == (3, False)
    page = (await coordinator.get("/reseau?semaine=2")).text
    assert "Semaine du lundi 8 février 2027" in page
    assert "manque de créneaux" not in page
    assert "premier créneau dans 3 jours" in page
    assert (
        "Info Jeunes Essai</a></h3>"
        not in (await coordinator.get("/reseau?semaine=2&manque=true")).text
    )
    assert (
        "Info Jeunes Essai</a></h3>"
        in (await coordinator.get("/reseau?semaine=1&manque=true")).text
    )
    for index in ("-1", "99"):
        assert (await coordinator.get(f"/reseau?semaine={index}")).status_code == 200


async def test_a_week_beyond_the_horizon_is_not_called_short(platform, coordinator, structure):
    await platform.db.execute("UPDATE structure SET horizon_days = 7")
    page = (await coordinator.get("/reseau?semaine=3&manque=true")).text
    assert "Info Jeunes Essai</a></h3>" not in page


async def test_when_nothing_can_be_booked_there_is_no_first_hour(platform, coordinator, structure):
    await platform.db.execute("DELETE FROM slot")
    assert "aucun créneau à réserver" in (await coordinator.get("/reseau")).text


async def test_filters_show_what_was_asked(platform, coordinator, structure):
    await make_structure(platform.db, "Mission de Pau", department="64")
    await make_structure(platform.db, "Encore un brouillon", status="draft")
    assert (
        "Info Jeunes Essai</a></h3>" not in (await coordinator.get("/reseau?departement=64")).text
    )
    assert "Mission de Pau</a></h3>" in (await coordinator.get("/reseau?departement=64")).text
    assert "Encore un brouillon" not in (await coordinator.get("/reseau")).text
    assert "Encore un brouillon" in (await coordinator.get("/reseau?etat=draft")).text
    assert (await coordinator.get("/reseau?etat=nonsense&departement=99")).status_code == 200


async def test_the_number_of_queries_does_not_depend_on_the_number_of_structures(
    platform, coordinator, structure, monkeypatch
):
    seen = []
    fetch = platform.db.fetch

    async def count(sql, *args):
        seen.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(platform.db, "fetch", count)
    await platform.plugins.fresh()
    seen.clear()
    await coordinator.get("/reseau")
    few = len(seen)
    for number in range(20):
        await make_structure(platform.db, f"Structure {number}")
    await platform.plugins.fresh()
    seen.clear()
    await coordinator.get("/reseau")
    assert len(seen) == few


async def test_a_structure_page_tells_people_places_and_why_features_are_on(coordinator, structure):
    text = (await coordinator.get("/reseau/essai")).text
    for words in (
        "Camille Essai",
        "formation à valider",
        "Accueil Bordeaux",
        "Visio",
        "règle de la région",
    ):
        assert words in text
    assert "Secret" not in text


async def test_the_page_of_a_structure_leads_to_booking_for_somebody(coordinator, structure):
    path = f"/rendez-vous/nouveau?structure={structure}"
    assert f'href="{path}"' in (await coordinator.get("/reseau/essai")).text
    assert "Info Jeunes Essai" in (await coordinator.get(path)).text


async def test_a_manager_sees_their_structure_and_no_other(platform, client, structure):
    await make_structure(platform.db, "Une autre", slug="autre")
    account = await make_account(platform.db)
    await join(platform.db, account, structure, role="manager")
    await signed_in(platform, client, account)
    assert (await client.get("/reseau/essai")).status_code == 200
    assert (await client.get("/reseau/autre")).status_code == 404
    assert "Une autre" not in (await client.get("/reseau")).text


async def test_an_advisor_has_no_network_page(platform, client, structure):
    advisor = await platform.db.fetch_value("SELECT id FROM advisor LIMIT 1")
    await signed_in(platform, client, await account_of(platform.db, advisor))
    assert (await client.get("/reseau")).status_code == 404
