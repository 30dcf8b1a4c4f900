"""The coordination opens and closes structures, and decides their agreements; slots follow at once."""

from datetime import UTC, datetime

import pytest

from core.agenda.service import refresh
from core.network.standing import renew
from core.testing.factories import (
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    make_youth,
    signed_in,
)


@pytest.fixture
async def place(platform):
    structure = await make_structure(platform.db, "Structure Essai", slug="essai")
    site = await make_site(platform.db, structure)
    advisor = await make_advisor(platform.db, structure)
    await make_opening(platform.db, advisor, structure, site=site)
    await refresh(platform, [advisor])
    return structure, advisor


@pytest.fixture
async def coordination(platform, client):
    return await signed_in(
        platform, client, await make_account(platform.db, region_role="coordinator")
    )


async def decide(client, deed, year=2027):
    form = {"deed": deed, "year": str(year), "_csrf_token": await form_token(client)}
    return await client.post("/reseau/essai/etat", data=form, follow_redirects=True)


async def slots(platform):
    return await platform.db.fetch_value("SELECT count(*) FROM slot")


async def state(platform):
    return await platform.db.fetch_value("SELECT status FROM structure WHERE slug = 'essai'")


async def test_a_structure_is_made_as_a_draft_and_the_same_name_gets_another_address(
    platform, client, coordination
):
    form = {
        "name": "Info Jeunes Été",
        "kind": "bij_pij",
        "department": "33",
        "email": "",
        "phone": "",
    }
    for slug in ("info-jeunes-ete", "info-jeunes-ete-2"):
        answer = await client.post(
            "/reseau/nouvelle-structure", data={**form, "_csrf_token": await form_token(client)}
        )
        assert answer.headers["location"] == f"/reseau/{slug}"
    assert set(
        await platform.db.fetch_value(
            "SELECT array_agg(status) FROM structure WHERE name = 'Info Jeunes Été'"
        )
    ) == {"draft"}


async def test_a_faulty_form_keeps_what_was_typed(client, coordination):
    form = {"name": "Info Jeunes Été", "kind": "club", "department": "33"}
    answer = await client.post(
        "/reseau/nouvelle-structure", data={**form, "_csrf_token": await form_token(client)}
    )
    assert answer.status_code == 422
    assert 'value="Info Jeunes Été"' in answer.text
    assert "Choisissez dans la liste." in answer.text


async def test_slots_go_with_the_agreement_and_come_back_with_it(
    platform, client, place, coordination
):
    before = await slots(platform)
    assert before
    page = await decide(client, "end")
    assert "est terminée" in page.text
    assert await slots(platform) == 0
    await decide(client, "agree")
    assert await slots(platform) == before
    assert "cette année ou la suivante" in (await decide(client, "agree", 2040)).text


async def test_closing_waits_until_nobody_is_expected(platform, client, place, coordination, clock):
    structure, advisor = place
    starts_at = datetime(2027, 2, 2, 15, tzinfo=UTC)
    youth = await make_youth(platform.db)
    appointment = await make_appointment(platform.db, advisor, structure, starts_at, youth=youth)
    assert "1 jeune y est attendu·e" in (await decide(client, "close")).text
    assert await state(platform) == "active"
    await platform.db.execute(
        "UPDATE appointment SET status = 'cancelled_by_youth' WHERE id = $1", appointment
    )
    await decide(client, "close")
    assert (await state(platform), await slots(platform)) == ("closed", 0)
    await decide(client, "open")
    assert await state(platform) == "active"
    assert await slots(platform)
    trace = await platform.db.fetch("SELECT action FROM audit ORDER BY at, action")
    assert [row["action"] for row in trace][-2:] == ["structure.close", "structure.open"]


async def test_what_is_not_confirmed_is_not_opened(platform, client, coordination):
    structure = await make_structure(platform.db, "Peut-être", slug="essai", status="draft")
    await platform.db.execute("UPDATE structure SET is_confirmed = false WHERE id = $1", structure)
    assert "reste à confirmer" in (await decide(client, "open")).text
    assert await state(platform) == "draft"


async def test_an_agreement_renews_itself_in_autumn_unless_its_end_was_decided(
    platform, client, place, coordination, clock
):
    await platform.db.execute("DELETE FROM agreement WHERE year > 2027")
    assert await renew(platform) == 0
    clock.advance(datetime(2027, 10, 1, 12, tzinfo=UTC) - clock.now())
    assert await renew(platform) == 1
    assert await renew(platform) == 0
    await platform.db.execute("UPDATE agreement SET status = 'ended' WHERE year = 2028")
    assert await renew(platform) == 0


async def test_only_the_agreement_of_the_year_is_said_to_go_on(
    platform, client, place, coordination
):
    await platform.db.execute(
        "INSERT INTO agreement (structure, year, status) VALUES ($1, 2024, 'proposed'),"
        " ($1, 2025, 'ended'), ($1, 2026, 'active'), ($1, 2028, 'active')"
        " ON CONFLICT (structure, year) DO UPDATE SET status = excluded.status",
        place[0],
    )
    text = " ".join((await client.get("/reseau/essai")).text.split())
    for year, words in (
        (2024, "restée sans suite"),
        (2025, "terminée"),
        (2026, "arrivée à son terme"),
        (2027, "en cours"),
        (2028, "signée, commence en janvier"),
    ):
        assert f'<strong>{year}</strong> <span class="quiet">{words}</span>' in text
