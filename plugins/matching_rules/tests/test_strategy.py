import time
from datetime import date
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.testing.contracts import (
    TODAY,
    MatchingStrategyContract,
    context,
    needs,
    reference_programmes,
)
from core.testing.examples import read_examples
from plugins.matching_rules.hard import HARD_RULES
from plugins.matching_rules.rules import Weights, read_rules
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.soft import CRITERIA
from plugins.matching_rules.strategy import RulesStrategy

PROGRAMMES = reference_programmes()
EXAMPLES = [
    pytest.param(example, id=f"{example.id}-{today}")
    for today in (date(2026, 11, 23), TODAY)
    for example in read_examples(today)
]
STRATEGY = RulesStrategy()


class TestRulesStrategy(MatchingStrategyContract):
    factory = RulesStrategy
    settings = MatchingSettings()


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_a_careful_advisor_would_show_is_among_the_first_ten(example):
    first = [v.programme_id for v in STRATEGY.rank(context(), example.need, PROGRAMMES)][:10]
    assert set(example.expected) <= set(first)


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_an_advisor_must_not_show_is_excluded_by_the_rule_they_name(example):
    verdicts = {v.programme_id: v for v in STRATEGY.rank(context(), example.need, PROGRAMMES)}
    for programme_id, rule in example.must_exclude.items():
        verdict = verdicts[programme_id]
        assert verdict.excluded, programme_id
        assert rule in {reason.criterion for reason in verdict.reasons}, programme_id


@pytest.mark.parametrize("example", EXAMPLES[:20])
def test_a_verdict_comes_from_the_facts_not_from_the_name_of_the_sheet(example):
    renamed = [
        msgspec.structs.replace(programme, id=f"x{number:03}", title_fr="?", operator="", url="")
        for number, programme in enumerate(PROGRAMMES)
    ]
    before = {v.programme_id: v for v in STRATEGY.rank(context(), example.need, PROGRAMMES)}
    after = {v.programme_id: v for v in STRATEGY.rank(context(), example.need, renamed)}
    for programme, other in zip(PROGRAMMES, renamed, strict=True):
        assert after[other.id].score == before[programme.id].score
        assert after[other.id].reasons == before[programme.id].reasons


def judged(need, programmes=PROGRAMMES, settings=None):
    """What the columns say of one youth."""
    return STRATEGY.judge(context(settings), [need], STRATEGY.compiled(programmes))


@effort(max_examples=25, deadline=None)
@given(need=needs(), name=st.sampled_from(sorted(CRITERIA)), weight=st.integers(0, 80))
def test_more_weight_never_harms_the_sheet_that_has_the_better_mark(need, name, weight):
    light, heavy = (
        judged(need, settings=MatchingSettings(**{name: heavy})) for heavy in (weight, weight + 20)
    )
    facet = STRATEGY.compiled(PROGRAMMES).facets[name]
    marks = heavy.marks[name][0][facet.of] if name in heavy.marks else [0.0] * len(PROGRAMMES)
    kept = [n for n in range(len(PROGRAMMES)) if not light.excluded[0][n]]
    ordered = sorted(kept, key=lambda n: (-marks[n], -light.scores[0][n]))
    for better, worse in pairwise(ordered):
        if light.scores[0][better] >= light.scores[0][worse]:
            assert heavy.scores[0][better] >= heavy.scores[0][worse] - 1e-9


@effort(max_examples=25, deadline=None)
@given(many=st.lists(needs(), min_size=1, max_size=5))
def test_every_mark_is_between_nought_and_one(many):
    youths = STRATEGY.prepare(many)
    for criterion, facet in zip(
        CRITERIA.values(),
        map(STRATEGY.compiled(PROGRAMMES).facets.get, CRITERIA),
        strict=True,
    ):
        marks = criterion.mark(youths, facet.columns, read_rules())
        known = criterion.known(youths)
        assert marks.shape == (len(many), max(facet.places) + 1)
        assert known.shape == (len(many), 1)
        assert ((marks >= 0) & (marks <= 1) | ~known).all()


def test_a_weight_of_nought_leaves_the_criterion_out():
    need = EXAMPLES[0].values[0].need
    verdicts = STRATEGY.rank(context(MatchingSettings(places=0)), need, PROGRAMMES)
    assert not [r for v in verdicts if not v.excluded for r in v.reasons if r.criterion == "places"]


def test_no_weight_at_all_is_a_ranking_by_id():
    nothing = MatchingSettings(**dict.fromkeys(Weights.__struct_fields__, 0))
    verdicts = STRATEGY.rank(context(nothing), EXAMPLES[0].values[0].need, PROGRAMMES)
    kept = [v for v in verdicts if not v.excluded]
    assert {v.score for v in kept} == {0.0}
    assert kept == sorted(kept, key=lambda v: v.programme_id)


def test_the_rule_file_names_rules_and_criteria_that_exist():
    rules = read_rules()
    assert set(rules.hard) == set(HARD_RULES)
    assert {*CRITERIA, "certainty"} == set(Weights.__struct_fields__)


async def test_reasons_speak_the_language_of_the_context(platform):
    need = EXAMPLES[5].values[0].need
    french = {v.programme_id: v for v in STRATEGY.rank(context(), need, PROGRAMMES)}
    english = {v.programme_id: v for v in STRATEGY.rank(context(locale="en"), need, PROGRAMMES)}
    assert (
        french["erasmus-etudes"].reasons[0].text == "Domaine\N{NO-BREAK SPACE}: Études supérieures."
    )
    assert english["erasmus-etudes"].reasons[0].text == "Field: Higher education."
    assert [r.criterion for r in french["vif"].reasons] == [
        r.criterion for r in english["vif"].reasons
    ]


def test_a_sheet_that_changed_without_a_new_version_is_read_again():
    strategy, need = RulesStrategy(), EXAMPLES[0].values[0].need
    sheet = next(p for p in PROGRAMMES if p.id == "ofaj-sauzay")
    assert not strategy.rank(context(), need, [sheet])[0].excluded
    closed = msgspec.structs.replace(sheet, availability="suspendu")
    assert strategy.rank(context(), need, [closed])[0].excluded


def test_ninety_sheets_are_ranked_while_a_key_is_pressed():
    need = EXAMPLES[0].values[0].need
    STRATEGY.rank(context(), need, PROGRAMMES)
    durations = []
    for _ in range(10):
        started = time.process_time()
        STRATEGY.rank(context(), need, PROGRAMMES)
        durations.append(time.process_time() - started)
    assert min(durations) < 0.05
