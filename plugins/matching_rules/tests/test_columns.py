"""One definition, read three ways: every sheet at once, one sheet alone, many youths at once. On sheets that mix the facts of others."""

import random

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.testing.contracts import context, less_known, needs, reference_programmes
from plugins.matching_rules.strategy import RulesStrategy

KINDS = (
    ("age_min", "age_max", "age_max_handicap", "age_reference"),
    ("zones", "countries", "countries_excluded"),
    ("language", "language_recommended"),
    ("statuses", "requires_flags", "requires_any"),
    ("diploma_min", "diploma_max", "diploma_in_progress_ok", "study_level_min", "study_level_max"),
    ("application_mode", "application_months", "departure_months", "lead_time_weeks"),
    ("duration_min_weeks", "duration_max_weeks", "budget_band", "funding", "tags", "domains"),
    ("nationality", "residence", "residence_departments", "availability", "group_mode"),
)
WARM = RulesStrategy()


@st.composite
def catalogues(draw):
    """Sheets of which each kind of facts comes from another of the ninety."""
    chance = random.Random(draw(st.integers(0, 10_000)))
    known = reference_programmes()
    return [
        msgspec.structs.replace(
            sheet,
            **{
                field: getattr(other, field)
                for kind in KINDS
                for other in [chance.choice(known)]
                for field in kind
            },
        )
        for sheet in chance.sample(known, 25)
    ]


def by_id(verdicts):
    return {verdict.programme_id: verdict for verdict in verdicts}


@effort(max_examples=20, deadline=None)
@given(need=needs(), sheets=catalogues())
def test_what_is_explained_is_what_was_scored(need, sheets):
    """Alone, with its own reasons worded afresh, a sheet gets the verdict that it gets among all."""
    judged = WARM.judge(context(), [need], WARM.compiled(sheets))
    every = by_id(WARM.rank(context(), need, sheets))
    for number, sheet in enumerate(sheets):
        alone = RulesStrategy().rank(context(), need, [sheet])[0]
        told = every[sheet.id]
        assert told.reasons == alone.reasons
        assert told.excluded == alone.excluded == judged.excluded[0][number]
        assert abs(told.score - alone.score) < 1e-9
        assert abs(told.score - judged.scores[0][number]) < 1e-9
        refused = {reason.criterion for reason in told.reasons if reason.tone == "excluded"}
        assert bool(refused) == told.excluded


@effort(max_examples=25, deadline=None)
@given(many=st.lists(needs(), min_size=2, max_size=8), sheets=catalogues())
def test_many_youths_are_judged_as_each_alone(many, sheets):
    catalogue = WARM.compiled(sheets)
    together = WARM.judge(context(), WARM.prepare(many), catalogue)
    for number, need in enumerate(many):
        alone = WARM.judge(context(), [need], catalogue)
        assert np.array_equal(together.excluded[number], alone.excluded[0])
        assert np.allclose(together.scores[number], alone.scores[0], rtol=0, atol=1e-9)


@effort(max_examples=8, deadline=None)
@given(need=needs(), sheets=catalogues())
def test_words_kept_from_earlier_needs_never_show_in_another(need, sheets):
    warm = RulesStrategy()
    for _name, other in less_known(need):
        warm.rank(context(), other, sheets)
        assert warm.rank(context(), need, sheets) == RulesStrategy().rank(context(), need, sheets)


@effort(max_examples=25, deadline=None)
@given(need=needs(), sheets=catalogues())
def test_one_more_fact_never_lifts_an_exclusion_and_a_new_one_is_told(need, sheets):
    fuller = by_id(WARM.rank(context(), need, sheets))
    for name, poorer in less_known(need):
        for id_, before in by_id(WARM.rank(context(), poorer, sheets)).items():
            assert fuller[id_].excluded or not before.excluded, name
            assert not fuller[id_].excluded or fuller[id_].reasons


@effort(max_examples=25, deadline=None)
@given(need=needs(), sheets=catalogues(), most=st.integers(0, 25))
def test_the_sheets_that_are_not_shown_keep_their_place_without_reasons(need, sheets, most):
    whole, first = WARM.rank(context(), need, sheets), WARM.first(context(), need, sheets, most)
    assert first[:most] == whole[:most]
    assert [(v.programme_id, v.score, v.excluded) for v in first[most:]] == [
        (v.programme_id, v.score, v.excluded) for v in whole[most:]
    ]
    assert not any(verdict.reasons for verdict in first[most:])
