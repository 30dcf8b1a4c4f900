import pytest

from core.catalogue import service
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_structure,
    signed_in,
)


@pytest.fixture(autouse=True)
async def sheets(platform):
    await service.load_programmes(platform)


async def _advisor(platform, client):
    structure = await make_structure(platform.db)
    advisor = await make_advisor(platform.db, structure)
    return await signed_in(platform, client, await account_of(platform.db, advisor))


async def _coordinator(platform, client):
    account = await make_account(platform.db, region_role="coordinator")
    return await signed_in(platform, client, account)


async def test_anyone_searches_the_published_sheets(client):
    page = await client.get("/fiches", params={"q": "japon"})
    assert page.status_code == 200
    assert "/fiches/pvt-japon" in page.text
    assert "/fiches/pvt-canada" not in page.text
    assert "Confiance" not in page.text


async def test_pages_follow_one_another_and_keep_the_filters(client):
    first = await client.get("/fiches", params={"zone": "asie"})
    second = await client.get("/fiches", params={"zone": "asie", "page": "2"})
    assert "/fiches?zone=asie&amp;page=2" in first.text
    assert first.text.count("sheet-card") == 18
    assert second.status_code == 200
    assert (await client.get("/fiches", params={"page": "999"})).status_code == 200


@pytest.mark.parametrize(
    "params",
    [{"q": "zzz"}, {"domaine": "nulle-part"}, {"page": "-1"}, {"page": "x"}, {"q": "a" * 500}],
)
async def test_a_search_that_leads_nowhere_is_still_a_page(client, params):
    page = await client.get("/fiches", params=params)
    assert page.status_code == 200
    assert "/fiches" in page.text


async def test_a_sheet_reads_in_words(client):
    page = (await client.get("/fiches/fulbright")).text
    for words in (
        "De septembre à décembre",
        "Anglais, niveau B2",
        "Nationalité française",
        "8 mois à 1 an",
        "De 2 000 à 5 000 €",
        'rel="noopener"',
    ):
        assert words in page, words
    assert "Confiance" not in page


@pytest.mark.parametrize("programme", ["pvt-russie", "pvt-perou"])
async def test_a_sheet_that_is_not_proposed_can_be_read_with_a_warning(client, programme):
    page = await client.get(f"/fiches/{programme}")
    assert page.status_code == 200
    assert 'class="notice" data-tone="warn"' in page.text
    assert programme not in (await client.get("/fiches", params={"q": "pvt"})).text


async def test_a_draft_is_for_staff_only(platform, client):
    await platform.db.execute("UPDATE programme SET status = 'draft' WHERE id = 'interrail'")
    assert (await client.get("/fiches/interrail")).status_code == 404
    assert (await client.get("/api/v1/programmes/interrail")).status_code == 404
    await _advisor(platform, client)
    assert (await client.get("/fiches/interrail")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/fiches/rien", "/fiches/interrail?version=9", "/api/v1/programmes/rien"]
)
async def test_what_does_not_exist_is_a_404(client, path):
    assert (await client.get(path)).status_code == 404


async def test_staff_see_every_step_and_how_sure_we_are(platform, client):
    await _advisor(platform, client)
    page = await client.get("/fiches", params={"etat": "to_verify"})
    assert "/fiches/pvt-perou" in page.text
    assert "/fiches/pvt-japon" not in page.text
    assert "Confiance" in (await client.get("/fiches/pvt-perou")).text


async def test_the_coordination_moves_a_sheet_to_another_step(platform, client):
    await _coordinator(platform, client)
    token = await form_token(client, "/fiches/interrail")
    form = {"_csrf_token": token, "status": "archived"}
    answer = await client.post("/fiches/interrail/etat", data=form)
    assert answer.status_code == 303
    assert (await service.read_sheet(platform, "interrail")).status == "archived"
    refused = await client.post("/fiches/interrail/etat", data={**form, "status": "nonsense"})
    assert refused.status_code == 422
    assert "Cette valeur ne convient pas" in refused.text
    assert (await client.post("/fiches/rien/etat", data=form)).status_code == 404


async def test_an_advisor_cannot_move_a_sheet(platform, client):
    await _advisor(platform, client)
    token = await form_token(client, "/fiches/interrail")
    form = {"_csrf_token": token, "status": "archived"}
    assert (await client.post("/fiches/interrail/etat", data=form)).status_code == 404
    assert (await service.read_sheet(platform, "interrail")).status == "published"


async def test_programs_read_the_facts_without_what_the_team_thinks(client):
    listed = (await client.get("/api/v1/programmes", params={"domain": "au_pair"})).json()
    assert {sheet["id"] for sheet in listed} == {"au-pair-europe", "au-pair-usa"}
    sheet = (await client.get("/api/v1/programmes/au-pair-usa")).json()
    assert sheet["language"] == {"code": "en", "level_min": "B1"}
    assert sheet["requires_flags"] == ["permis_b", "experience_enfants"]
    assert not {"confidence", "notes"} & set(sheet)


async def test_pages_speak_english_to_who_asks(client):
    page = await client.get("/fiches/fulbright", headers={"accept-language": "en"})
    assert "English, " in page.text
