"""What the youth prepares enters the file only where the advisor has not written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.matching import Profile, Project
from core.errors import Refused
from core.interviews import service
from core.interviews.preparation import Answers, merge, prepare, read_preparation
from core.interviews.service import Draft
from core.testing.factories import form_token

words = st.sampled_from(["", "surf", "danse"])


@st.composite
def answers(draw):
    return Answers(
        profile=Profile(passions=draw(words), leisure=draw(words)),
        project=Project(wish=draw(words)),
    )


@given(answers(), answers(), answers())
def test_a_field_comes_from_the_youth_exactly_where_the_advisor_left_it(stored, before, after):
    merged = merge(stored, before, after)
    for mine, old, new, result in (
        (stored.profile.passions, before.profile.passions, after.profile.passions, merged.profile.passions),
        (stored.profile.leisure, before.profile.leisure, after.profile.leisure, merged.profile.leisure),
        (stored.project.wish, before.project.wish, after.project.wish, merged.project.wish),
    ):  # fmt: skip
        assert result == (new if mine == old else mine)


@given(answers(), answers())
def test_preparing_again_without_a_change_changes_nothing(stored, before):
    assert merge(stored, before, before) == stored


async def test_steps_add_up_and_are_read_again(platform, world):
    await prepare(platform, world.appointment, profile={"statuses": ("etudiant",)}, project={})
    await prepare(platform, world.appointment, profile={}, project={"domains": ("stage",)})
    preparation = await read_preparation(platform, world.appointment)
    assert preparation.answers.profile.statuses == ("etudiant",)
    assert preparation.answers.project.domains == ("stage",)
    assert preparation.answers.project.wish == "Voir l’Irlande"
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.profile.statuses == ("etudiant",)
    assert {"statuses", "domains", "wish"} <= interview.from_youth


async def test_the_advisors_words_win_and_lose_the_youths_mark(platform, world):
    await prepare(
        platform, world.appointment, profile={"passions": "le surf", "leisure": "lire"}, project={}
    )
    interview = await service.open_interview(platform, world.user, world.appointment)
    profile = Profile(passions="le surf et la voile", leisure="lire")
    draft = Draft(profile=profile, project=interview.project)
    await service.save(platform, world.user, world.appointment, interview.revision, draft)
    await prepare(
        platform,
        world.appointment,
        profile={"passions": "le skate", "leisure": "dormir"},
        project={},
    )
    now = await service.open_interview(platform, world.user, world.appointment)
    assert now.profile.passions == "le surf et la voile"
    assert now.profile.leisure == "dormir"
    assert "passions" not in now.from_youth
    assert "leisure" in now.from_youth


async def test_a_closed_or_cancelled_interview_takes_no_answers(platform, world):
    await service.close(platform, world.user, world.appointment, "honoured")
    with pytest.raises(Refused):
        await prepare(platform, world.appointment, profile={"passions": "trop tard"}, project={})
    await platform.db.execute("UPDATE appointment SET status = 'cancelled_by_youth'")
    with pytest.raises(Refused):
        await prepare(platform, world.appointment, profile={}, project={"wish": "annulé"})
    assert not (await read_preparation(platform, world.appointment)).open


async def test_not_knowing_is_an_answer_told_to_the_advisor_until_someone_knows(platform, world):
    await prepare(
        platform,
        world.appointment,
        profile={"diploma": None, "budget_eur": 0},
        project={"zones": (), "departure": None},
        unsure=frozenset({"diploma", "zones"}),
    )
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.unsure == {"diploma", "zones"}
    assert interview.profile.budget_eur == 0
    assert "budget_eur" in interview.from_youth
    draft = Draft(profile=Profile(diploma="bac"), project=interview.project)
    await service.save(platform, world.user, world.appointment, interview.revision, draft)
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.unsure == {"zones"}
    await prepare(platform, world.appointment, profile={}, project={"zones": ("asie",)})
    assert (await read_preparation(platform, world.appointment)).unsure == {"diploma"}


async def test_the_page_tells_not_knowing_from_not_answering_and_resumes(
    platform, client, world, token
):
    path = f"/rdv/{token}/preparer"
    assert "etape=1" in (await client.get(path)).text
    form = {
        "_csrf_token": await form_token(client),
        "statuses": ["etudiant", "?"],
        "diploma": "?",
        "languages": "?",
    }
    answer = await client.post(f"{path}?etape=1", data=form)
    assert answer.status_code == 303, answer.text
    preparation = await read_preparation(platform, world.appointment)
    assert preparation.unsure == {"diploma", "languages"}
    assert preparation.answers.profile.statuses == ("etudiant",)
    page = (await client.get(path)).text
    assert "vous reprenez où vous en étiez" in page
    assert "?etape=2" in page
    first = (await client.get(f"{path}?etape=1")).text
    assert '<option value="?" selected>' in first
    assert 'id="f-languages-unsure" name="languages" value="?" checked' in first
    form = {"_csrf_token": form["_csrf_token"], "duration": "?", "budget_eur": ["beaucoup", "?"]}
    refused = await client.post(f"{path}?etape=3", data=form)
    assert refused.status_code == 422
    assert "beaucoup" in refused.text
    assert 'name="duration" value="?" checked' in refused.text
    form["budget_eur"] = ["", "?"]
    assert (await client.post(f"{path}?etape=3", data=form)).status_code == 303
    assert (await read_preparation(platform, world.appointment)).unsure == {
        "diploma", "languages", "duration_min_weeks", "budget_eur",
    }  # fmt: skip
