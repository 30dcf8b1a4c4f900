"""Several strategies as one ranking: what each says counts, what one excludes is out, and who is missing is told."""

import pytest

from core.app import build_platform
from core.catalogue.service import load_programmes
from core.contracts.matching import Edition, Profile, Project, Reason, Verdict
from core.extension.board import Board
from core.interviews import choices, kept, service
from core.interviews.ranking import FALLBACK, rank_for
from core.testing.factories import make_structure


class Strategy:
    """Scores by a function of the place; what it excludes, it says why."""

    def __init__(self, key, score, out=()):
        self.key, self.label = key, f"Stratégie {key}"
        self._score, self._out = score, out

    def rank(self, context, need, programmes):
        return [
            Verdict(
                programme_id=p.id,
                score=0.0 if p.id in self._out else self._score(n, len(programmes)),
                excluded=p.id in self._out,
                reasons=(
                    Reason(
                        criterion="x",
                        tone="excluded" if p.id in self._out else "for",
                        text=f"Parce que {self.key}.",
                    ),
                ),
            )
            for n, p in enumerate(programmes)
        ]


class Edited(Strategy):
    async def read_edition(self, context):
        return Edition(version="17", rules=None)


def fails(n, count):
    raise RuntimeError("la base est en feu")


UP, DOWN = (lambda n, count: n / count), (lambda n, count: 1 - n / count)


@pytest.fixture
async def ranked(settings, database, clock, board):
    async def rank(strategies, blend, about=""):
        own = Board()
        own.plugins, own.owned = dict(board.plugins), dict(board.owned)
        own.add("core", "matching_strategies", strategies)
        platform = build_platform(settings, database, clock=clock, board=own)
        await load_programmes(platform)
        structure = await make_structure(database, strategy="core:a", blend=blend)
        return await rank_for(platform, structure, Profile(), Project(), about=about)

    return rank


async def test_scores_are_weighed_and_reasons_are_those_of_each(ranked):
    ranking = await ranked(
        [Strategy("core:a", UP), Strategy("core:b", DOWN)], {"core:a": 75, "core:b": 25}
    )
    assert [(part.strategy, part.weight) for part in ranking.parts] == [
        ("core:a", 75),
        ("core:b", 25),
    ]
    assert "75" in ranking.label
    assert (ranking.fallback, ranking.problem) == (False, "")
    ids = [v.programme_id for v in ranking.verdicts]
    assert ids == sorted(ids, reverse=True)
    assert {r.text for r in ranking.verdicts[0].reasons} == {
        "Parce que core:a.",
        "Parce que core:b.",
    }
    half = ranking.verdict(ids[len(ids) // 2])
    assert half.score == pytest.approx(0.5, abs=0.02)


async def test_what_one_strategy_excludes_is_out_of_the_blend_and_says_why(ranked):
    ranking = await ranked(
        [Strategy("core:a", UP), Strategy("core:b", DOWN, out=("wwoof",))],
        {"core:a": 99, "core:b": 1},
    )
    verdict = ranking.verdict("wwoof")
    assert verdict.excluded
    assert [(r.tone, r.text) for r in verdict.reasons] == [("excluded", "Parce que core:b.")]
    assert ranking.place("wwoof") is None
    assert ranking.proposed == len(ranking.verdicts) - 1


async def test_a_strategy_that_breaks_leaves_the_ranking_to_the_others_and_the_page_says_so(ranked):
    ranking = await ranked(
        [Strategy("core:a", fails), Strategy("core:b", DOWN)], {"core:a": 80, "core:b": 20}
    )
    assert [part.strategy for part in ranking.parts] == ["core:b"]
    assert ranking.fallback
    assert "Stratégie core:a" in ranking.problem
    assert "Stratégie core:b" in ranking.problem


async def test_when_all_break_the_dates_of_application_rank(ranked):
    ranking = await ranked(
        [Strategy("core:a", fails), Strategy("core:b", fails)], {"core:a": 80, "core:b": 20}
    )
    assert ranking.strategy == FALLBACK
    assert "Stratégie core:a" in ranking.problem
    assert ranking.verdicts


async def test_a_reason_that_contradicts_the_score_is_a_fault(ranked):
    class Liar(Strategy):
        def judge(self, context, need, catalogue):
            found = self.rank(context, need, catalogue.programmes)

            class Judged:
                scores = tuple(v.score for v in found)
                excluded = (False,) * len(found)

                def explain(self, place):
                    return Verdict(programme_id=found[place].programme_id, score=0.123)

            return Judged()

    ranking = await ranked([Liar("core:a", DOWN)], {})
    assert ranking.strategy == FALLBACK
    assert "Stratégie core:a" in ranking.problem


async def test_an_edited_strategy_leaves_the_version_of_its_rules(ranked):
    ranking = await ranked([Edited("core:a", UP)], {})
    assert ranking.parts[0].version == "17"


async def test_a_kept_sheet_tells_years_later_by_what_it_was_ranked_and_among_which_versions(
    platform, world
):
    file = await service.read_interview(platform, world.appointment)
    ranking = await rank_for(platform, world.structure, file.profile, file.project)
    chosen = ranking.verdicts[2].programme_id
    await choices.keep(platform, world.user, world.appointment, chosen)
    (sheet,) = await kept.list_kept(platform, world.appointment)
    assert [(p.strategy, p.version) for p in sheet.made_by] == [("matching_rules:rules", "0")]
    assert sheet.place == ranking.place(chosen)
    assert sheet.among == ranking.proposed
    assert sheet.verdict.reasons[0].text == ""
    row = await platform.db.fetch_one("SELECT made_by, fallback, sheets FROM interview_ranking")
    assert row["made_by"][0]["strategy"] == "matching_rules:rules"
    assert not row["fallback"]
    assert {sheet["version"] for sheet in row["sheets"]} == {1}
    assert len(row["sheets"]) == len(ranking.verdicts)
