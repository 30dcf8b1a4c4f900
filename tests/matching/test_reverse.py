"""Whom a sheet would suit: only who agreed, only to who received them, never twice; and nothing is sent."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from core.accounts.access import CurrentUser, Membership
from core.booking.links import appointment_token
from core.catalogue import service as catalogue
from core.catalogue.service import load_programmes
from core.contracts.matching import Profile, Programme, Project
from core.matching import ideas, occasions, past, reverse
from core.matching.gaps import read_gaps
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    make_youth,
    signed_in,
)

HELD = datetime(2027, 1, 12, 9, tzinfo=UTC)
FARMER = (
    Profile(
        birth_date=date(2003, 5, 20),
        nationality="FR",
        department="33",
        statuses=("salarie",),
        diploma="bac",
        budget_eur=900,
        interests=("agriculture", "environnement"),
        passions="les fermes bio",
    ),
    Project(
        domains=("volontariat", "vacances"),
        zones=("europe_ue",),
        duration_min_weeks=3,
        duration_max_weeks=8,
        wish="Aider dans une ferme",
    ),
)


@pytest.fixture
async def world(platform):
    await load_programmes(platform)
    structure = await make_structure(platform.db, "Info Jeunes Essai")
    advisor = await make_advisor(platform.db, structure)
    account = await account_of(platform.db, advisor)
    place = Membership(structure_id=structure, role="advisor")
    user = CurrentUser(
        account_id=account, name="", email="", advisor_id=advisor, memberships=(place,)
    )
    return structure, advisor, user


async def receive(platform, world, name="Alix Essai", *, agrees=True, need=FARMER, **values):
    structure, advisor, _ = world
    youth = await make_youth(platform.db, name=name)
    at = HELD + timedelta(hours=await platform.db.fetch_value("SELECT count(*) FROM appointment"))
    appointment = await make_appointment(
        platform.db,
        values.pop("advisor", advisor),
        structure,
        at,
        youth=youth,
        status="honoured",
    )
    await platform.db.execute(
        "INSERT INTO interview (appointment, profile, project, outcome, closed_at) VALUES ($1, $2, $3, 'honoured', $4)",
        appointment,
        *need,
        at,
    )
    await ideas.answer(platform, appointment, yes=agrees)
    return appointment


async def sheet(platform, id_="wwoof") -> Programme:
    return next(p for p in await catalogue.published(platform) if p.id == id_)


async def test_a_sheet_lists_those_of_ones_own_who_agreed_and_have_not_dealt_with_it(
    platform, world
):
    structure, _, user = world
    mine = await receive(platform, world, "Zoé Oui")
    await receive(platform, world, "Aya Non", agrees=False)
    await receive(
        platform, world, "Sacha Trop Jeune", need=(Profile(birth_date=date(2014, 1, 1)), FARMER[1])
    )
    seen = await receive(platform, world, "Noé Déjà")
    await platform.db.execute(
        "INSERT INTO kept_programme (appointment, programme, version, state, kept_at)"
        " VALUES ($1, 'wwoof', 1, 'set_aside', now())",
        seen,
    )
    colleague = await make_advisor(platform.db, structure)
    await receive(platform, world, "Jo Collègue", advisor=colleague)
    found = await reverse.suited(platform, user, await sheet(platform))
    assert [(one.youth.name, one.youth.appointment_id) for one in found] == [("Zoé Oui", mine)]
    assert found[0].verdict.score >= reverse.SUITS
    assert all(reason.text for reason in found[0].verdict.reasons)
    trace = await platform.db.fetch_one("SELECT action, object, detail FROM audit")
    assert (trace["action"], trace["object"]) == ("matching.youths_listed", "wwoof")
    manager = msgspec.structs.replace(
        user, advisor_id=None, memberships=(Membership(structure_id=structure, role="manager"),)
    )
    names = [
        one.youth.name for one in await reverse.suited(platform, manager, await sheet(platform))
    ]
    assert names == ["Jo Collègue", "Zoé Oui"]
    region = CurrentUser(account_id=uuid4(), name="", email="", region_role="admin")
    assert await reverse.suited(platform, region, await sheet(platform)) == []
    assert await platform.db.fetch_value("SELECT count(*) FROM outbox_event") == 0


async def test_the_blend_of_the_structure_says_whom_a_sheet_suits(platform, world):
    structure, _, user = world
    await platform.db.execute(
        "UPDATE structure SET blend = $2 WHERE id = $1",
        structure,
        {"matching_rules:rules": 60, "matching_text:words": 40},
    )
    await receive(platform, world)
    (found,) = await reverse.suited(platform, user, await sheet(platform))
    assert {"words", "domains"} <= {reason.criterion for reason in found.verdict.reasons}


async def test_calls_that_open_and_sheets_that_are_new_are_occasions(platform, world):
    fresh = {one.programme.id: one.why for one in await occasions.list_occasions(platform)}
    assert "pvt-canada" not in fresh
    assert fresh["vfa"] == "opens"
    assert fresh["stage-livre-bleu"] == "opens"
    assert fresh["cesure"] == "opens_next"
    assert "wwoof" not in fresh
    account = await make_account(platform.db, region_role="coordinator")
    user = CurrentUser(account_id=account, name="", email="", region_role="coordinator")
    await catalogue.set_status(platform, "wwoof", "draft", user)
    await catalogue.set_status(platform, "wwoof", "published", user)
    fresh = await occasions.list_occasions(platform)
    assert (fresh[0].programme.id, fresh[0].why) == ("wwoof", "published")


async def test_the_pages_of_an_advisor(platform, client, world):
    _, _, user = world
    await receive(platform, world)
    await signed_in(platform, client, user.account_id)
    listed = await client.get("/fiches/wwoof/jeunes")
    assert "Alix Essai" in listed.text
    assert (await client.get("/fiches/pvt-russie/jeunes")).status_code == 404
    news = await client.get("/occasions")
    assert "1 jeune que vous avez" in news.text


async def test_a_youth_says_by_their_link_whether_they_want_to_hear_of_new_sheets(
    platform, client, world
):
    appointment = await receive(platform, world, agrees=False)
    path = f"/rdv/{appointment_token(platform, appointment, 1)}/idees"
    assert "Oui, pensez à moi" in (await client.get(path)).text
    token = await form_token(client)
    for answer, expected in (("yes", True), ("yes", True), ("no", False)):
        done = await client.post(path, data={"_csrf_token": token, "answer": answer})
        assert done.status_code == 303
        assert await ideas.agrees(platform, appointment) is expected
    row = await platform.db.fetch_one("SELECT ideas_version, ideas_at FROM youth")
    assert (row["ideas_version"], row["ideas_at"]) == (None, None)


async def test_past_needs_have_no_name_and_words_only_with_consent(platform, world):
    await receive(platform, world)
    await receive(platform, world, agrees=False)
    await receive(platform, world, need=(FARMER[0], Project()))
    silent, said = await past.list_past(platform)
    assert (said.words, said.need.profile.passions) == (True, "les fermes bio")
    assert (silent.words, silent.need.profile.passions, silent.need.project.wish) == (False, "", "")
    assert said.need.profile.birth_date == date(2003, 5, 1)
    assert silent.need.today == HELD.date()


async def test_gaps_are_told_in_groups_of_five_and_more(platform, client, world):
    nowhere = msgspec.structs.replace(FARMER[1], domains=("au_pair",), zones=("amerique_nord",))
    for number in range(6):
        await receive(platform, world, f"Jeune {number}", need=(FARMER[0], nowhere))
    for number in range(4):
        await receive(platform, world, f"Autre {number}")
    gaps = await read_gaps(platform)
    assert gaps.needs == 10
    assert gaps.few >= 6
    domains = {group.value: group for group in gaps.groups["Domaine"]}
    assert set(domains) == {"Séjour au pair"}
    assert domains["Séjour au pair"].share == 1.0
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    page = await client.get("/reseau/lacunes")
    assert "Séjour au pair" in page.text
    assert "Jeune 1" not in page.text
