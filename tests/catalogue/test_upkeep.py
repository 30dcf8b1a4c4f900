"""Keeping sheets true: who answers for one, until when, the list by urgency, Monday's reminder; and files in and out."""

from datetime import date
from importlib.resources import files

import msgspec
import pytest
from msgspec.structs import replace

from core.catalogue import service
from core.catalogue.editing import drafts, listing, transfer, upkeep
from core.catalogue.editing.records import read_file, to_csv, to_json
from core.errors import Refused
from core.notices.digests import read_digest
from core.testing.factories import form_token, signed_in
from tests.catalogue.sheets import a_coordinator, an_advisor

_DATA = files("config") / "data" / "programmes.json"


@pytest.fixture(autouse=True)
async def sheets(platform):
    await service.load_programmes(platform)


@pytest.fixture
async def lou(platform):
    return await an_advisor(platform, "Lou Essai")


@pytest.fixture
async def romane(platform):
    return await a_coordinator(platform)


async def set_dates(platform, **dates):
    await platform.db.execute(
        "UPDATE programme SET verified_on = '2026-06-01', verify_before = '2027-12-31'"
    )
    for programme_id, day in dates.items():
        await platform.db.execute(
            "UPDATE programme SET verify_before = $2 WHERE id = $1",
            programme_id.replace("_", "-"),
            day,
        )


async def test_sheets_to_verify_come_by_urgency_and_one_press_puts_them_right(
    platform, client, lou
):
    await set_dates(
        platform, wwoof=date(2027, 2, 10), interrail=date(2027, 1, 3), vie=date(2027, 3, 1)
    )
    await platform.db.execute(
        "INSERT INTO programme_link (programme, url, state, due_at) VALUES ('vif', 'https://x.example', 'gone', now())"
    )
    await platform.db.execute("UPDATE programme SET status = 'to_verify' WHERE id = 'zellidja'")
    rows = [row.id for row in await listing.list_to_verify(platform)]
    assert rows[0] == "vif"
    assert "zellidja" in rows[1:6]  # with the four that came like that
    assert rows[6:] == ["interrail", "wwoof"]
    await signed_in(platform, client, lou.account_id)
    page = (await client.get("/fiches/a-verifier")).text
    assert page.index("Lien cassé") < page.index("/fiches/interrail")
    token = await form_token(client, "/fiches/a-verifier")
    for programme_id in ("interrail", "zellidja", "vif"):
        answer = await client.post(
            f"/fiches/{programme_id}/exact", data={"_csrf_token": token, "retour": "a-verifier"}
        )
        assert answer.headers["location"] == "/fiches/a-verifier"
    left = {row.id for row in await listing.list_to_verify(platform)}
    assert left.isdisjoint({"interrail", "zellidja", "vif"})
    row = await listing.read_row(platform, "interrail")
    assert (row.status, row.verified_on, row.verify_before) == (
        "published",
        date(2027, 1, 25),
        date(2027, 7, 26),
    )
    assert (await listing.read_row(platform, "zellidja")).status == "published"
    refused = await client.post("/fiches/pvt-perou/exact", data={"_csrf_token": token})
    assert refused.status_code == 422  # its facts say themselves that they are not sure


async def test_who_answers_for_a_sheet_is_named_by_the_coordination_or_offers_themself(
    platform, lou, romane
):
    dom = await an_advisor(platform, "Dominique Essai")
    day = date(2027, 5, 1)
    await upkeep.assign(platform, lou, "wwoof", lou.account_id, day)
    for refused in (
        upkeep.assign(platform, dom, "wwoof", dom.account_id, day),
        upkeep.assign(platform, lou, "wwoof", dom.account_id, day),
        upkeep.confirm(platform, dom, "wwoof"),
    ):
        with pytest.raises(Refused):
            await refused
    await upkeep.assign(platform, romane, "wwoof", dom.account_id, day)
    await upkeep.confirm(platform, dom, "wwoof")
    with pytest.raises(Refused, match="date plus tardive"):
        await upkeep.assign(platform, dom, "wwoof", dom.account_id, date(2027, 1, 2))
    await platform.db.execute("UPDATE membership SET ended_at = now()")
    with pytest.raises(Refused):
        await upkeep.assign(platform, romane, "vie", lou.account_id, None)
    audited = await platform.db.fetch("SELECT action, object FROM audit ORDER BY at, id")
    assert [tuple(row) for row in audited] == [
        ("programme.assigned", "wwoof"),
        ("programme.assigned", "wwoof"),
        ("programme.verified", "wwoof"),
    ]


async def test_on_monday_who_answers_for_a_sheet_hears_of_it_while_it_wants_a_look(
    platform, lou, clock
):
    await set_dates(platform, wwoof=date(2027, 2, 10))
    await platform.db.execute("UPDATE programme SET in_charge = $1", lou.account_id)
    await platform.db.execute("UPDATE programme SET status = 'archived' WHERE status = 'to_verify'")
    clock.set(clock.now().replace(hour=9))
    told = await read_digest(platform, lou.account_id, "sheets", "2027-W04")
    (sheet,) = told.digest.sheets
    assert (sheet.title, sheet.why, sheet.before) == ("WWOOF", listing.BEFORE, date(2027, 2, 10))
    assert sheet.url.endswith("/fiches/wwoof/gestion")
    assert told.digest.url.endswith("/fiches/a-verifier?charge=moi")
    await upkeep.confirm(platform, lou, "wwoof")
    assert await read_digest(platform, lou.account_id, "sheets", "2027-W04") is None


async def test_the_list_is_filtered_and_says_where_each_sheet_stands(platform, client, lou, romane):
    sheet = await service.read_programme(platform, "wwoof")
    await drafts.save(platform, lou, replace(sheet, lead_time_weeks=9), 0)
    await upkeep.assign(platform, lou, "vie", lou.account_id, None)
    await signed_in(platform, client, lou.account_id)

    async def found(**params):
        page = await client.get("/fiches", params=params)
        assert page.status_code == 200
        return page.text.count('class="desk-row"')

    assert await found() == 90
    assert await found(brouillon="draft") == 1
    assert await found(charge="moi") == 1
    assert await found(charge="personne") == 89
    assert await found(charge="nimporte") == 0
    assert await found(q="wwoof", etat="published") == 1
    assert await found(confiance="low", domaine="au_pair") == 0
    assert await found(liens="new") == 90


async def test_an_export_imported_as_it_is_changes_nothing(platform, romane):
    sheets = await transfer.list_public(platform)
    for body in (to_json(sheets), to_csv(sheets), _DATA.read_bytes()):
        records = read_file(body)
        assert len(records) == 90
        lines = await transfer.apply_import(platform, romane, records, publish=True)
        assert {line.what for line in lines} == {"unchanged"}
    assert await platform.db.fetch_value("SELECT count(*) FROM programme_deed") == 0


async def test_an_import_is_tried_then_applied_each_line_apart(platform, client, lou, romane):
    records = [
        {"id": "wwoof", "lead_time_weeks": 9},
        {"id": "neuve", "title_fr": "Neuve", "summary_fr": "x", "domains": ["stage"],
         "zones": ["asie"], "statuses": ["tous"]},
        {"id": "vie", "age_max": "beaucoup"},
    ]  # fmt: skip
    file = {"file": ("fiches.json", msgspec.json.encode(records), "application/json")}
    await signed_in(platform, client, lou.account_id)
    assert (await client.get("/fiches/echanges")).status_code == 200
    assert (await client.get("/fiches/export", params={"format": "csv"})).status_code == 200
    token = {"_csrf_token": await form_token(client, "/fiches/echanges")}
    assert (await client.post("/fiches/import", data=token)).status_code == 404
    await signed_in(platform, client, romane.account_id)
    tried = await client.post("/fiches/import", data=token | {"publish": "true"}, files=file)
    for said in ("4 → 9", "Neuve", "un nombre entier", "Appliquer et publier", "1 créée"):
        assert said in tried.text, said
    assert await platform.db.fetch_value("SELECT count(*) FROM programme") == 90
    form = token | {"publish": "true", "records": msgspec.json.encode(records).decode()}
    done = await client.post("/fiches/import/appliquer", data=form)
    assert "Ce qui a été fait" in done.text
    assert (await service.read_programme(platform, "wwoof")).lead_time_weeks == 9
    assert (await service.read_programme(platform, "neuve")).version == 1
    again = await client.post("/fiches/import/appliquer", data=form)
    assert "refusée" in again.text
    assert "Appliquer" not in again.text
    assert (await client.post("/fiches/import", data=token)).status_code == 422


async def test_an_import_as_drafts_leaves_what_is_public(platform, romane):
    lines = await transfer.apply_import(
        platform, romane, [{"id": "wwoof", "lead_time_weeks": 9}], publish=False
    )
    assert [line.what for line in lines] == ["changed"]
    assert (await service.read_programme(platform, "wwoof")).lead_time_weeks == 4
    assert (await drafts.read_draft(platform, "wwoof")).facts.lead_time_weeks == 9
