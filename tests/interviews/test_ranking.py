"""Whatever a strategy does, the advisor gets a ranking, or is told why not."""

import pytest

from core.app import build_platform
from core.catalogue.service import load_programmes
from core.contracts.matching import Profile, Programme, Project, Verdict
from core.extension.board import Board
from core.interviews.ranking import FALLBACK, rank_for
from core.testing.factories import make_structure


class Strategy:
    """A strategy of a test, on the core's account so that it is always on."""

    def __init__(self, key, rank):
        self.key = key
        self.label = f"Stratégie {key}"
        self._rank = rank

    def rank(self, context, need, programmes):
        return self._rank(programmes)


def _raises(programmes):
    raise RuntimeError("la base est en feu")


def _forgets(programmes: list[Programme]):
    return [Verdict(programme_id=p.id, score=0.5) for p in programmes[1:]]


def _doubles(programmes):
    return [Verdict(programme_id=programmes[0].id, score=0.5) for _ in programmes]


def _overshoots(programmes):
    return [Verdict(programme_id=p.id, score=7) for p in programmes]


def _not_a_number(programmes):
    return [Verdict(programme_id=p.id, score=float("nan")) for p in programmes]


def _backwards(programmes):
    return [Verdict(programme_id=p.id, score=1) for p in reversed(programmes)]


@pytest.fixture
def own_board(board):
    """A board of this test alone, with the same plugins."""
    copy = Board()
    copy.plugins = dict(board.plugins)
    copy.owned = dict(board.owned)
    return copy


@pytest.fixture
async def ranked(settings, database, clock, own_board):
    """Ranks an empty need for a structure whose strategy is `core:test`, registered as given."""

    async def rank(strategy, wanted="core:test"):
        own_board.add("core", "matching_strategies", [strategy] if strategy else [])
        platform = build_platform(settings, database, clock=clock, board=own_board)
        await load_programmes(platform)
        structure = await make_structure(database, strategy=wanted)
        return await rank_for(platform, structure, Profile(), Project())

    return rank


async def test_the_structures_strategy_ranks_in_its_own_order(ranked):
    ranking = await ranked(Strategy("core:test", _backwards))
    assert ranking.strategy == "core:test"
    assert (ranking.fallback, ranking.problem) == (False, "")
    ids = [verdict.programme_id for verdict in ranking.verdicts]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(ranking.programmes) > 50


@pytest.mark.parametrize(
    "rank",
    [_raises, _forgets, _doubles, _overshoots, _not_a_number, lambda _: None, lambda _: ["x"]],
)
async def test_a_strategy_at_fault_gives_way_to_dates_and_the_ranking_says_so(ranked, rank):
    ranking = await ranked(Strategy("core:test", rank))
    assert ranking.strategy == FALLBACK
    assert ranking.fallback
    assert "Stratégie core:test" in ranking.problem
    assert len(ranking.verdicts) == len(ranking.programmes) > 50


async def test_a_strategy_that_is_off_is_replaced_and_the_ranking_says_by_which(ranked, database):
    ranking = await ranked(Strategy("core:test", _backwards), wanted="gone:strategy")
    assert ranking.fallback
    assert ranking.label in ranking.problem
    assert ranking.strategy != "gone:strategy"
    assert ranking.verdicts
