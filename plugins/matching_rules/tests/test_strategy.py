import time
from datetime import date
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.catalogue.reasons import word
from core.contracts.matching import Catalogue, Said
from core.testing.contracts import (
    TODAY,
    QuickStrategyContract,
    context,
    needs,
    reference_programmes,
)
from core.testing.examples import read_examples
from core.web.i18n import use_locale
from plugins.matching_rules.criteria import HARD, SOFT
from plugins.matching_rules.rulebook import Weights, read_rules
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.sheets import compile_sheets
from plugins.matching_rules.strategy import RulesStrategy
from plugins.matching_rules.tests.youths import OTHERS
from plugins.matching_rules.youths import columns

PROGRAMMES = reference_programmes()
EXAMPLES = [
    pytest.param(example, id=f"{example.id}-{today}")
    for today in (date(2026, 11, 23), TODAY)
    for example in read_examples(today)
]
NOT_PUBLISHED = {p.id for p in PROGRAMMES if p.availability != "actif"}
STRATEGY = RulesStrategy()


class TestRulesStrategy(QuickStrategyContract):
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


def marks_of(name, need):
    """The mark of every sheet on one criterion; None when the youth's side is not known."""
    rules, sheets = read_rules(), compile_sheets(PROGRAMMES)
    youths, view = columns([need], rules.horizon_months), sheets.views[name]
    if not SOFT[name].knows(youths):
        return None
    marks = SOFT[name].judge(youths, view.prepared, rules).marks
    return {id_: float(marks[row]) for id_, row in zip(sheets.ids, view.places, strict=True)}


@effort(max_examples=25, deadline=None)
@given(need=needs(), name=st.sampled_from(sorted(SOFT)), weight=st.integers(0, 80))
def test_more_weight_never_harms_the_sheet_that_has_the_better_mark(need, name, weight):
    light, heavy = (
        {v.programme_id: v for v in STRATEGY.rank(context(settings), need, PROGRAMMES)}
        for settings in (
            MatchingSettings(**{name: weight}),
            MatchingSettings(**{name: weight + 20}),
        )
    )
    marks = marks_of(name, need) or {}
    proposed = [id_ for id_ in marks if not light[id_].excluded]
    ordered = sorted(proposed, key=lambda id_: (-marks[id_], -light[id_].score))
    for better, worse in pairwise(ordered):
        if light[better].score >= light[worse].score:
            assert heavy[better].score >= heavy[worse].score - 1e-9


@effort(max_examples=25, deadline=None)
@given(need=needs())
def test_every_mark_goes_from_nought_to_one(need):
    for name in SOFT:
        marks = marks_of(name, need)
        assert marks is None or all(0 <= mark <= 1 for mark in marks.values()), name


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
    assert set(rules.hard) == set(HARD)
    assert {*SOFT, "certainty"} == set(Weights.__struct_fields__)


def test_reasons_are_data_worded_in_either_language():
    need = EXAMPLES[5].values[0].need
    (sheet,) = [p for p in PROGRAMMES if p.id == "erasmus-etudes"]
    reason = STRATEGY.rank(context(), need, [sheet])[0].reasons[0]
    assert (reason.criterion, reason.tone, reason.text) == ("domains", "for", "")
    assert (reason.youth, reason.programme) == (Said("domains", ("etudes",)),) * 2
    assert word(reason) == "Domaine\N{NO-BREAK SPACE}: Études supérieures."
    with use_locale("en"):
        assert "Higher education" in word(reason)


def test_a_sheet_that_changed_without_a_new_version_is_read_again():
    strategy, need = RulesStrategy(), EXAMPLES[0].values[0].need
    sheet = next(p for p in PROGRAMMES if p.id == "ofaj-sauzay")
    assert not strategy.rank(context(), need, [sheet])[0].excluded
    closed = msgspec.structs.replace(sheet, availability="suspendu")
    assert strategy.rank(context(), need, [closed])[0].excluded


@pytest.mark.parametrize("youth", OTHERS, ids=lambda youth: youth.id)
def test_other_youths_find_what_suits_them_and_never_what_does_not(youth):
    """Written by reading the sheets, before any score was looked at; see `youths.py`."""
    verdicts = STRATEGY.rank(context(), youth.need, PROGRAMMES)
    proposed = [v.programme_id for v in verdicts if v.programme_id not in NOT_PUBLISHED][:10]
    assert set(youth.expected) <= set(proposed)
    told = {
        v.programme_id: {r.criterion for r in v.reasons if r.tone == "excluded"} for v in verdicts
    }
    for programme_id, rule in youth.must_exclude.items():
        assert rule in told[programme_id], programme_id


def test_ninety_sheets_are_ranked_and_explained_while_a_key_is_pressed():
    catalogue = Catalogue(revision="", programmes=tuple(PROGRAMMES))
    needs_ = [example.values[0].need for example in EXAMPLES[:20]]
    durations = []
    for turn in range(60):
        started = time.process_time()
        judged = STRATEGY.judge(context(), needs_[turn % 20], catalogue)
        for place in range(len(PROGRAMMES)):
            judged.explain(place)
        durations.append(time.process_time() - started)
    assert (
        min(durations) < 0.004
    )  # about 0.7 ms alone on the machine: the bench measures, this only guards
