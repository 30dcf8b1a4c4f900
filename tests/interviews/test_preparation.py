"""What the youth prepares enters the file only where the advisor has not written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.matching import Profile, Project
from core.errors import Refused
from core.interviews import service
from core.interviews.preparation import Answers, merge, prepare, read_preparation
from core.interviews.service import Draft

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
