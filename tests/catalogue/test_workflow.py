"""A sheet's life, by its pages: written, reviewed, published, changed, compared, restored, archived; and what old roadmaps read."""

import asyncio
import re

import pytest
from msgspec.structs import replace

from core.catalogue import service
from core.catalogue.editing import drafts, journal, upkeep, versions
from core.catalogue.editing.form import values_of
from core.contracts.matching import Programme
from core.errors import Conflict, NotFound, Refused
from core.testing.factories import form_token, signed_in
from tests.catalogue.sheets import a_coordinator, an_advisor

NEW = Programme(
    id="",
    title_fr="Une radio à Turin",
    summary_fr="Un mois d’émissions.",
    text_fr="Des *ateliers*.",
    domains=("echange",),
    zones=("europe_ue",),
    countries=("IT",),
    statuses=("tous",),
    application_mode="windows",
    version=0,
)


@pytest.fixture
async def sheets(platform):
    await service.load_programmes(platform)


@pytest.fixture
async def lou(platform):
    return await an_advisor(platform, "Lou Essai")


@pytest.fixture
async def romane(platform):
    return await a_coordinator(platform)


async def deeds(platform, programme_id):
    return [deed.kind for deed in reversed(await journal.read_journal(platform, programme_id))]


async def test_a_sheet_is_written_reviewed_and_published(platform, client, lou, romane):
    await signed_in(platform, client, lou.account_id)
    token = {"_csrf_token": await form_token(client, "/fiches/nouvelle")}
    typed = values_of(NEW) | token
    shown = await client.post("/fiches/nouvelle/apercu", data=typed)
    assert "<em>ateliers</em>" in shown.text
    assert "Rien n’est enregistré" in shown.text
    answer = await client.post("/fiches/nouvelle", data=typed | {"act": "submit"})
    assert answer.headers["location"] == "/fiches/une-radio-a-turin/gestion"
    page = (await client.get("/fiches/une-radio-a-turin/gestion")).text
    assert "Un brouillon attend sa relecture" in page
    assert "Publier" not in page
    refused = await client.post(
        "/fiches/une-radio-a-turin/relecture", data=token | {"step": "publish"}
    )
    assert refused.status_code == 404
    assert await service.published(platform) == ()

    await signed_in(platform, client, romane.account_id)
    assert (
        "/fiches/une-radio-a-turin/gestion"
        in (await client.get("/fiches", params={"brouillon": "in_review"})).text
    )
    where = "/fiches/une-radio-a-turin/relecture"
    silent = await client.post(where, data=token | {"step": "send_back"})
    assert silent.status_code == 422
    assert "à revoir" in silent.text
    back = await client.post(where, data=token | {"step": "send_back", "word": "Et l’âge ?"})
    assert back.status_code == 303

    await signed_in(platform, client, lou.account_id)
    assert "Et l’âge ?" in (await client.get("/fiches/une-radio-a-turin/gestion")).text
    form = (await client.get("/fiches/une-radio-a-turin/modifier")).text
    revision = re.search(r'name="revision" value="(\d+)"', form)[1]
    typed = values_of(replace(NEW, age_max=25)) | token | {"revision": revision, "act": "submit"}
    assert (await client.post("/fiches/une-radio-a-turin/modifier", data=typed)).status_code == 303

    await signed_in(platform, client, romane.account_id)
    assert (await client.post(where, data=token | {"step": "approve"})).status_code == 303
    assert (await client.post(where, data=token | {"step": "publish"})).status_code == 303
    (public,) = await service.published(platform)
    assert (public.id, public.version, public.age_max) == ("une-radio-a-turin", 1, 25)
    assert await deeds(platform, public.id) == [
        "created", "submitted", "sent_back", "edited", "submitted", "approved", "published",
    ]  # fmt: skip
    client.cookies.clear()
    page = (await client.get("/fiches/une-radio-a-turin")).text
    assert "<em>ateliers</em>" in page
    assert "Informations vérifiées le lundi 25 janvier 2027" in page
    assert "Romane" not in page
    row = await platform.db.fetch_one("SELECT in_charge, verify_before FROM programme")
    assert (row["in_charge"], str(row["verify_before"])) == (lou.account_id, "2027-07-26")


async def test_what_is_public_stays_while_a_draft_is_written_and_an_old_roadmap_reads_what_it_kept(
    platform, client, sheets, lou, romane
):
    before = await service.read_programme(platform, "wwoof")
    await drafts.save(platform, lou, replace(before, title_fr="WWOOF, autrement"), 0)
    assert (await service.read_programme(platform, "wwoof")) == before
    catalogue = await service.read_catalogue(platform)
    assert await versions.publish(platform, romane, "wwoof") == 2
    assert {p.id: p.title_fr for p in (await service.read_catalogue(platform)).programmes}[
        "wwoof"
    ] == "WWOOF, autrement"
    assert (await service.read_catalogue(platform)).revision != catalogue.revision
    old = (await client.get("/fiches/wwoof", params={"version": "1"})).text
    assert before.title_fr in old
    assert "Cette fiche a changé depuis" in old
    assert 'href="/fiches/wwoof"' in old
    assert "Cette fiche a changé depuis" not in (await client.get("/fiches/wwoof")).text
    await upkeep.move(platform, romane, "wwoof", "archived")
    assert (await client.get("/fiches/wwoof", params={"version": "1"})).status_code == 200


async def test_versions_are_compared_restored_and_never_changed(
    platform, client, sheets, lou, romane
):
    before = await service.read_programme(platform, "wwoof")
    changed = replace(before, lead_time_weeks=9, summary_fr=before.summary_fr + " Et plus.")
    await drafts.save(platform, lou, changed, 0)
    await versions.publish(platform, romane, "wwoof")
    await signed_in(platform, client, lou.account_id)
    page = (await client.get("/fiches/wwoof/versions")).text
    assert "<ins>" in page
    assert "Et plus." in page
    assert "2 faits ont changé" in page
    token = {"_csrf_token": await form_token(client, "/fiches/wwoof/gestion")}
    answer = await client.post("/fiches/wwoof/versions", data=token | {"version": "1"})
    assert answer.status_code == 303
    draft = await drafts.read_draft(platform, "wwoof")
    assert replace(draft.facts, version=1) == before
    with pytest.raises(Refused):
        await versions.restore(platform, lou, "wwoof", 1)
    with pytest.raises(NotFound):
        await versions.restore(platform, lou, "wwoof", 9)
    await versions.publish(platform, romane, "wwoof")
    assert replace(await service.read_programme(platform, "wwoof"), version=1) == before
    for statement in (
        "UPDATE programme_version SET facts = '{}' WHERE programme = 'wwoof'",
        "DELETE FROM programme_version WHERE programme = 'wwoof'",
        "DELETE FROM programme WHERE id = 'wwoof'",
    ):
        with pytest.raises(Exception, match="was published"):
            await platform.db.execute(statement)


async def test_two_people_on_one_draft_never_overwrite_each_other(
    platform, client, sheets, lou, romane
):
    sheet = await service.read_programme(platform, "wwoof")
    draft = await drafts.save(platform, lou, replace(sheet, lead_time_weeks=9), 0)
    await drafts.save(platform, romane, replace(sheet, lead_time_weeks=10), draft.revision)
    with pytest.raises(Conflict):
        await drafts.save(platform, lou, replace(sheet, lead_time_weeks=11), draft.revision)
    await signed_in(platform, client, lou.account_id)
    token = await form_token(client, "/fiches/wwoof/gestion")
    typed = values_of(replace(sheet, operator="Ce que Lou a écrit")) | {
        "_csrf_token": token,
        "revision": "1",
    }
    answer = await client.post("/fiches/wwoof/modifier", data=typed)
    assert answer.status_code == 409
    assert "Ce que Lou a écrit" in answer.text
    assert (await drafts.read_draft(platform, "wwoof")).facts.lead_time_weeks == 10


async def test_a_draft_is_its_authors_and_a_review_is_the_coordinations(
    platform, client, sheets, lou, romane
):
    dom = await an_advisor(platform, "Dominique Essai")
    sheet = replace(await service.read_programme(platform, "wwoof"), lead_time_weeks=9)
    draft = await drafts.save(platform, lou, sheet, 0)
    for forbidden in (
        drafts.save(platform, dom, replace(sheet, lead_time_weeks=3), draft.revision),
        drafts.submit(platform, dom, "wwoof"),
        drafts.discard(platform, dom, "wwoof"),
        drafts.approve(platform, lou, "wwoof"),
        drafts.send_back(platform, lou, "wwoof", "non"),
        versions.publish(platform, lou, "wwoof"),
    ):
        with pytest.raises(Refused):
            await forbidden
    await drafts.submit(platform, lou, "wwoof")
    with pytest.raises(Refused):  # it is being read: take it back first
        await drafts.save(platform, lou, replace(sheet, lead_time_weeks=3), draft.revision)
    await drafts.withdraw(platform, lou, "wwoof")
    await drafts.comment(platform, dom, "wwoof", "Pense au visa.")
    await signed_in(platform, client, dom.account_id)
    assert (await client.get("/fiches/wwoof/modifier")).status_code == 303
    page = (await client.get("/fiches/wwoof/gestion")).text
    assert "Pense au visa." in page
    assert "Abandonner" not in page
    assert await drafts.discard(platform, lou, "wwoof")
    assert await drafts.read_draft(platform, "wwoof") is None
    assert (await client.get("/fiches/wwoof/brouillon")).status_code == 404


async def test_a_draft_that_lacks_or_changes_nothing_is_not_published(
    platform, sheets, lou, romane
):
    draft = await drafts.create(platform, lou, replace(NEW, domains=()))
    for refused in (
        drafts.submit(platform, lou, draft.programme_id),
        versions.publish(platform, romane, draft.programme_id),
    ):
        with pytest.raises(Refused, match="Pour quoi faire"):
            await refused
    await drafts.save(platform, lou, await service.read_programme(platform, "wwoof"), 0)
    with pytest.raises(Refused, match="ne change rien"):
        await versions.publish(platform, romane, "wwoof")
    with pytest.raises(Refused):
        await upkeep.move(platform, romane, draft.programme_id, "published")
    assert not await drafts.discard(platform, lou, draft.programme_id)
    with pytest.raises(NotFound):
        await drafts.comment(platform, lou, draft.programme_id, "perdue")


async def test_names_of_sheets_are_free_and_never_those_of_pages(platform, lou):
    ids = [
        (await drafts.create(platform, lou, replace(NEW, title_fr=title))).programme_id
        for title in ("Été à Rome !", "Été à Rome !", "Nouvelle", "???")
    ]
    assert ids == ["ete-a-rome", "ete-a-rome-2", "nouvelle-2", "fiche"]
    at_once = await asyncio.gather(
        *(drafts.create(platform, lou, replace(NEW, title_fr="Ensemble")) for _ in range(5))
    )
    assert {draft.programme_id for draft in at_once} == {
        "ensemble",
        *(f"ensemble-{number}" for number in range(2, 6)),
    }


async def test_of_two_who_publish_at_once_one_does(platform, sheets, lou, romane):
    sheet = await service.read_programme(platform, "wwoof")
    await drafts.save(platform, lou, replace(sheet, lead_time_weeks=9), 0)
    answers = await asyncio.gather(
        *(versions.publish(platform, romane, "wwoof") for _ in range(4)), return_exceptions=True
    )
    assert [answer for answer in answers if isinstance(answer, int)] == [2]
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    assert [one.number for one in await versions.list_versions(platform, "wwoof")] == [2, 1]


async def test_a_form_that_is_wrong_keeps_what_was_typed(platform, client, lou):
    await signed_in(platform, client, lou.account_id)
    token = await form_token(client, "/fiches/nouvelle")
    typed = values_of(NEW) | {"_csrf_token": token, "age_min": "30", "age_max": "18", "url": "ici"}
    for path in ("/fiches/nouvelle", "/fiches/nouvelle/apercu"):
        answer = await client.post(path, data=typed)
        assert answer.status_code == 422
        assert "plus petit que l’âge minimal" in answer.text
        assert "Une radio à Turin" in answer.text
        assert 'value="ici"' in answer.text
    assert await platform.db.fetch_value("SELECT count(*) FROM programme") == 0
