"""Who comes back is not asked twice; what changed is told; what an advisor notes for themselves is nobody else's."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.matching import Profile, Project
from core.interviews import service
from core.interviews.preparation import Answers, is_said, prepare
from core.interviews.returning import changes, known_fields
from core.interviews.service import Draft
from core.privacy.retention import anonymise
from core.testing.factories import (
    account_of,
    form_token,
    make_advisor,
    make_appointment,
    make_youth,
    signed_in,
)
from tests.interviews.conftest import user_of_account

PERSON = {"name": "Zoé Lefèvre", "email": "zoe@example.org", "birth_date": date(2006, 5, 31)}
profiles = st.builds(
    Profile,
    diploma=st.sampled_from([None, "bac", "bac_3"]),
    interests=st.sampled_from([(), ("arts",), ("sport", "arts")]),
    budget_eur=st.sampled_from([None, 0, 500]),
)
answers = st.builds(
    Answers, profile=profiles, project=st.builds(Project, zones=st.sampled_from([(), ("asie",)]))
)


@given(answers, answers)
def test_a_fact_known_then_is_either_as_it_was_or_changed(before, now):
    same, other = known_fields(before, now), {change.field for change in changes(before, now)}
    assert not same & other
    known = {
        name
        for part in (before.profile, before.project)
        for name in part.__struct_fields__
        if is_said(getattr(part, name))
    }
    assert same | other == known
    assert changes(before, before) == []


async def user_of_advisor(platform, advisor):
    account = await platform.db.fetch_value("SELECT account FROM advisor WHERE id = $1", advisor)
    return await user_of_account(platform, account)


@pytest.fixture
async def twice(platform, world, clock):
    """Two appointments of one person, the first held; the second by another form of the name."""
    first = await make_appointment(
        platform.db, world.advisor, world.structure, clock.now() - timedelta(days=300),
        youth=await make_youth(platform.db, **PERSON),
    )  # fmt: skip
    second = await make_appointment(
        platform.db, world.advisor, world.structure, clock.now() + timedelta(days=5),
        youth=await make_youth(platform.db, **{**PERSON, "name": "ZOE LEFEVRE"}),
    )  # fmt: skip
    user = await user_of_advisor(platform, world.advisor)
    draft = Draft(
        profile=Profile(birth_date=PERSON["birth_date"], diploma="bac", interests=("arts",)),
        project=Project(zones=("asie",)),
        private_note="Situation familiale délicate",
        follow_up_on=date(2027, 3, 1),
    )
    await service.save(platform, user, first, 0, draft)
    await platform.db.execute("UPDATE appointment SET status = 'honoured' WHERE id = $1", first)
    return first, second, user


async def test_what_was_known_is_there_and_marked_until_it_changes(platform, twice):
    first, second, user = twice
    file = await service.open_interview(platform, user, second)
    assert file.before.appointment_id == first
    assert (file.profile.diploma, file.project.zones) == ("bac", ("asie",))
    assert {"diploma", "interests", "zones"} <= file.from_before
    await prepare(platform, second, profile={"diploma": "bac_3"}, project={})
    file = await service.open_interview(platform, user, second)
    assert "diploma" in file.from_youth
    assert "diploma" not in file.from_before
    told = [
        (change.field, change.before, change.now)
        for change in changes(file.before.answers, file.answers)
    ]
    assert told == [("diploma", "bac", "bac_3")]


async def test_another_structure_another_birth_or_an_interview_not_held_is_no_before(
    platform, twice
):
    first, second, user = twice
    await platform.db.execute("UPDATE appointment SET status = 'no_show' WHERE id = $1", first)
    assert (await service.open_interview(platform, user, second)).before is None
    await platform.db.execute("UPDATE appointment SET status = 'honoured' WHERE id = $1", first)
    await platform.db.execute(
        "UPDATE youth SET birth_date = '2005-05-31' WHERE id = (SELECT youth FROM appointment WHERE id = $1)",
        first,
    )
    assert (await service.open_interview(platform, user, second)).before is None


async def test_a_private_note_is_its_authors_alone_sealed_and_goes_with_the_youth(
    platform, twice, world
):
    first, _second, user = twice
    assert (
        await service.open_interview(platform, user, first)
    ).private_note == "Situation familiale délicate"
    manager = await user_of_advisor(
        platform, await make_advisor(platform.db, world.structure, role="manager")
    )
    assert (await service.open_interview(platform, manager, first)).private_note == ""
    traces = await platform.db.fetch(
        "SELECT account, object, detail FROM audit WHERE action = 'private_note.written'"
    )
    assert [(row["account"], row["object"], row["detail"]) for row in traces] == [
        (user.account_id, str(first), {})
    ]
    sealed = await platform.db.fetch_value("SELECT sealed FROM private_note")
    assert "délicate" not in sealed
    youth = await platform.db.fetch_value("SELECT youth FROM appointment WHERE id = $1", first)
    await anonymise(platform, [youth])
    assert await platform.db.fetch_value("SELECT count(*) FROM private_note") == 0
    assert (
        await platform.db.fetch_value(
            "SELECT count(*) FROM interview WHERE follow_up_on IS NOT NULL"
        )
        == 0
    )


async def test_who_saves_a_file_leaves_the_private_note_of_another_alone(platform, twice, world):
    first, _second, user = twice
    manager = await user_of_advisor(
        platform, await make_advisor(platform.db, world.structure, role="manager")
    )
    file = await service.open_interview(platform, manager, first)
    draft = Draft(profile=file.profile, project=file.project, notes="vu", private_note="la mienne")
    await service.save(platform, manager, first, file.revision, draft)
    assert (
        await service.open_interview(platform, user, first)
    ).private_note == "Situation familiale délicate"
    assert (await service.open_interview(platform, manager, first)).private_note == "la mienne"


async def test_whom_to_come_back_to_stands_in_the_day_until_the_date_goes(
    platform, twice, world, client, clock
):
    first, _second, _user = twice
    await signed_in(platform, client, await account_of(platform.db, world.advisor))
    assert "Reprendre contact" not in (await client.get("/agenda")).text
    clock.advance(timedelta(days=40))
    await signed_in(platform, client, await account_of(platform.db, world.advisor))
    page = (await client.get("/agenda")).text
    assert "Reprendre contact" in page
    assert f"/entretiens/{first}#cloture" in page
    await platform.db.execute("UPDATE interview SET follow_up_on = NULL")
    assert "Reprendre contact" not in (await client.get("/agenda")).text


async def test_the_screen_suggests_tags_and_adds_one_without_javascript(
    platform, twice, world, client
):
    _first, second, _user = twice
    await signed_in(platform, client, await account_of(platform.db, world.advisor))
    page = (await client.get(f"/entretiens/{second}")).text
    assert "Déjà venu·e" in page
    assert "↺ Comme la dernière fois." in page
    form = {
        "revision": "0",
        "wish": "Partir au Japon",
        "action": "save",
        "_csrf_token": await form_token(client),
    }
    page = (await client.post(f"/entretiens/{second}", data=form, follow_redirects=True)).text
    assert 'value="tag:countries:JP"' in page
    form |= {"revision": "1", "action": "tag:countries:JP"}
    page = (await client.post(f"/entretiens/{second}", data=form, follow_redirects=True)).text
    assert 'value="tag:countries:JP"' not in page
    project = await platform.db.fetch_value(
        "SELECT project FROM interview WHERE appointment = $1", second
    )
    assert project["countries"] == ["JP"]
