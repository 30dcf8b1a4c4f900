"""The journal: each reading of a file stands in it once an hour, managers read their own, it leaves as a file."""

from datetime import timedelta

import pytest

from core.privacy import audit
from core.privacy.deeds import deed_label
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    signed_in,
)
from tests.booking.conftest import TUESDAY


@pytest.fixture
async def two(platform, database, client, desk):
    """A coordinator and a manager; each advisor of two structures read who comes, then the file, twice."""
    other = await make_structure(database, "Ailleurs")
    theirs = await make_advisor(database, other, display_name="Sacha Ailleurs")
    for advisor, structure in ((desk.advisor, desk.structure), (theirs, other)):
        appointment = await make_appointment(database, advisor, structure, TUESDAY)
        client.cookies.clear()
        await signed_in(platform, client, await account_of(database, advisor))
        for path in ("rendez-vous", "entretiens", "rendez-vous", "entretiens"):
            assert (await client.get(f"/{path}/{appointment}")).status_code == 200
    client.cookies.clear()
    manager = await make_account(database, name="Référente")
    await join(database, manager, desk.structure, role="manager")
    return {
        "manager": manager,
        "coordinator": await make_account(database, region_role="coordinator"),
    }


async def test_each_reading_is_noted_once_an_hour_and_person(
    platform, database, client, two, clock, desk
):
    rows = await database.fetch("SELECT action, count(*) AS n FROM audit GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [("appointment.opened", 2), ("interview.opened", 2)]
    appointment = await database.fetch_value(
        "SELECT id FROM appointment WHERE structure = $1", desk.structure
    )
    await signed_in(platform, client, await account_of(database, desk.advisor))
    clock.advance(timedelta(minutes=61))
    assert (await client.get(f"/rendez-vous/{appointment}")).status_code == 200
    assert await database.fetch_value("SELECT count(*) FROM audit") == 5
    client.cookies.clear()
    await signed_in(platform, client, two["coordinator"])
    assert "Alix" not in (await client.get(f"/rendez-vous/{appointment}")).text
    assert await database.fetch_value("SELECT count(*) FROM audit") == 5


async def test_managers_read_their_structures_lines_and_the_coordination_all(
    platform, database, client, two, desk
):
    other = await database.fetch_value("SELECT id FROM structure WHERE name = 'Ailleurs'")
    await audit.record(platform, None, "privacy.retention", detail={"youths": 3})
    await signed_in(platform, client, two["coordinator"])
    page = (await client.get("/reseau/journal")).text
    assert "5 lignes" in page
    assert "A ouvert le dossier" in page
    assert "Sans compte" in page
    only = (await client.get(f"/reseau/journal?structure={other}&quoi=interview")).text
    assert "1 ligne" in only
    assert "1 ligne" in (await client.get("/reseau/journal?quoi=privacy.retention")).text
    client.cookies.clear()
    await signed_in(platform, client, two["manager"])
    mine = (await client.get("/reseau/journal")).text
    assert "2 lignes" in mine
    assert "Ailleurs" not in mine
    assert (await client.get(f"/reseau/journal?structure={other}")).status_code == 404
    table = (await client.get("/reseau/journal.csv")).text
    assert "Ailleurs" not in table
    client.cookies.clear()
    await signed_in(platform, client, await account_of(database, desk.advisor))
    assert (await client.get("/reseau/journal")).status_code == 404


async def test_it_is_filtered_by_person_and_days_and_a_faulty_date_is_said(
    platform, database, client, two, desk, clock
):
    await signed_in(platform, client, two["coordinator"])
    who = await account_of(database, desk.advisor)
    assert "2 lignes" in (await client.get(f"/reseau/journal?qui={who}")).text
    assert "Rien à lire ici" in (await client.get("/reseau/journal?au=2027-01-24")).text
    assert "4 lignes" in (await client.get("/reseau/journal?du=2027-01-25&au=2027-01-25")).text
    for path in ("journal", "journal.csv"):
        faulty = await client.get(f"/reseau/{path}?du=2027-02-30")
        assert faulty.status_code == 422
        assert "Cette date n’existe pas." in faulty.text


async def test_it_is_read_page_by_page_and_leaves_whole_safe_for_a_spreadsheet(
    platform, database, client, two
):
    await database.execute(
        "INSERT INTO audit (at, action, object) SELECT now(), 'essai.fait', '=1+' || n FROM generate_series(1, 120) n"
    )
    await signed_in(platform, client, two["coordinator"])
    last = (await client.get("/reseau/journal?quoi=essai&page=3")).text
    assert "Page 3 sur 3" in last
    assert last.count('class="journal-when"') == 20
    assert 'href="/reseau/journal?quoi=essai&amp;page=2"' in last
    table = await client.get("/reseau/journal.csv?quoi=essai")
    lines = table.text.splitlines()
    assert len(lines) == 121
    assert ";'=1+120;" in lines[1]
    assert "journal.csv" in table.headers["content-disposition"]
    assert (
        await database.fetch_value("SELECT count(*) FROM audit WHERE action = 'journal.downloaded'")
        == 1
    )


def test_a_deed_without_words_reads_by_its_name():
    assert deed_label("questionnaires.published") == "questionnaires.published"
    assert deed_label("interview.opened").startswith("A ouvert")
