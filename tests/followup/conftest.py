"""The desk of the interview tests, once the interview was held and its roadmap sent."""

import pytest

from core.contracts.matching import Profile, Project
from core.interviews import choices, service
from core.interviews.kept import Words
from core.interviews.roadmap import send_roadmap
from core.interviews.service import Draft
from tests.interviews.conftest import TUESDAY, World, token, world

__all__ = ["token", "world"]


@pytest.fixture
async def held(platform, world, clock) -> World:
    """Held on Tuesday at ten, one sheet kept with two steps, the roadmap sent at once."""
    clock.set(TUESDAY)
    interview = await service.open_interview(platform, world.user, world.appointment)
    await choices.keep(platform, world.user, world.appointment, "wwoof")
    await service.save(
        platform,
        world.user,
        world.appointment,
        interview.revision,
        Draft(
            profile=Profile(),
            project=Project(),
            advisor_word="Bravo !",
            words={"wwoof": Words(word="Au vert", next_step="Choisir une ferme\n- Écrire à deux")},
        ),
    )
    await service.close(platform, world.user, world.appointment, "honoured")
    await send_roadmap(platform, world.user, world.appointment)
    return world
