"""The roadmap leaves once the interview was held, and says what it said when it left."""

import pytest

from core.contracts.matching import Profile, Project
from core.errors import NotFound, Refused
from core.interviews import choices, service
from core.interviews.kept import Words
from core.interviews.roadmap import draft_roadmap, list_sendings, read_roadmap, send_roadmap
from core.interviews.service import Draft
from core.testing.factories import account_of, make_advisor, make_structure
from tests.interviews.conftest import TUESDAY, user_of_account


async def hold(platform, world, word="Bravo pour ce projet."):
    """An interview that was held, with one kept sheet."""
    interview = await service.open_interview(platform, world.user, world.appointment)
    await choices.keep(platform, world.user, world.appointment, "wwoof")
    draft = Draft(
        profile=Profile(),
        project=Project(),
        advisor_word=word,
        notes="Un secret du conseiller",
        words={"wwoof": Words(word="Au vert", next_step="Choisir une ferme")},
    )
    await service.save(platform, world.user, world.appointment, interview.revision, draft)
    await service.close(platform, world.user, world.appointment, "honoured")


async def events(platform):
    rows = await platform.db.fetch("SELECT payload FROM outbox_event ORDER BY id")
    return [row["payload"]["type"] for row in rows]


async def test_nothing_leaves_before_the_interview_was_held(platform, world, clock):
    clock.set(TUESDAY)
    await choices.keep(platform, world.user, world.appointment, "wwoof")
    for close in (None, "no_show"):
        if close:
            await service.close(platform, world.user, world.appointment, close)
        with pytest.raises(Refused):
            await send_roadmap(platform, world.user, world.appointment)
    assert await read_roadmap(platform, world.appointment) is None
    assert "roadmapsent" not in await events(platform)


async def test_an_empty_roadmap_does_not_leave(platform, world):
    await service.close(platform, world.user, world.appointment, "honoured")
    with pytest.raises(Refused, match="vide"):
        await send_roadmap(platform, world.user, world.appointment)


async def test_sending_writes_the_event_with_it(platform, world, clock):
    clock.set(TUESDAY)
    await hold(platform, world)
    await send_roadmap(platform, world.user, world.appointment)
    assert (await events(platform))[-1] == "roadmapsent"
    interview = await service.read_interview(platform, world.appointment)
    assert interview.roadmap_sent_at == TUESDAY
    roadmap = await read_roadmap(platform, world.appointment)
    assert roadmap.advisor_word == "Bravo pour ce projet."
    (step,) = roadmap.steps
    assert (step.programme.id, step.word, step.next_step) == (
        "wwoof",
        "Au vert",
        "Choisir une ferme",
    )


async def test_the_youth_reads_what_was_sent_until_it_is_sent_again(platform, world):
    await hold(platform, world)
    await send_roadmap(platform, world.user, world.appointment)
    await choices.undo(platform, world.user, world.appointment, "wwoof")
    await choices.keep(platform, world.user, world.appointment, "interrail")
    assert [s.programme.id for s in (await read_roadmap(platform, world.appointment)).steps] == [
        "wwoof"
    ]
    assert [s.programme.id for s in (await draft_roadmap(platform, world.appointment)).steps] == [
        "interrail"
    ]
    await send_roadmap(platform, world.user, world.appointment)
    again = await read_roadmap(platform, world.appointment)
    assert [step.programme.id for step in again.steps] == ["interrail"]
    assert [sending.number for sending in await list_sendings(platform, world.appointment)] == [
        1,
        2,
    ]
    assert (await events(platform)).count("roadmapsent") == 2


async def test_a_sheet_that_changed_or_left_since_reads_as_it_was_kept(platform, world):
    await hold(platform, world)
    await send_roadmap(platform, world.user, world.appointment)
    before = await read_roadmap(platform, world.appointment)
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts)"
        " SELECT programme, 2, jsonb_set(facts, '{title_fr}', '\"Autre nom\"')"
        " FROM programme_version WHERE programme = 'wwoof'"
    )
    await platform.db.execute(
        "UPDATE programme SET version = 2, status = 'archived' WHERE id = 'wwoof'"
    )
    assert await read_roadmap(platform, world.appointment) == before
    assert before.steps[0].programme.title_fr != "Autre nom"


async def test_only_who_may_write_sends(platform, world):
    await hold(platform, world)
    elsewhere = await make_structure(platform.db, "Autre structure")
    advisor = await make_advisor(platform.db, elsewhere, role="manager")
    user = await user_of_account(platform, await account_of(platform.db, advisor))
    with pytest.raises(NotFound):
        await send_roadmap(platform, user, world.appointment)
