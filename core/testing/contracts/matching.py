"""What is expected of matching strategies."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import msgspec
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.catalogue.reasons import word
from core.contracts.matching import (
    Catalogue,
    Crowd,
    MatchingStrategy,
    Need,
    Profile,
    Programme,
    Project,
    QuickStrategy,
    TwoWayStrategy,
    Verdict,
)
from core.testing.contracts.base import EFFORT, TODAY, Contract, context, quickly
from core.testing.contracts.sheets import catalogues, reference_programmes, sheets
from core.testing.contracts.youths import less_known, needs
from core.web.i18n import use_locale

_MANY = 500
_MANY_SECONDS = 0.25


class MatchingStrategyContract(Contract):
    """What the platform expects of every `MatchingStrategy`."""

    factory: ClassVar[Callable[[], MatchingStrategy]]

    def _rank(
        self, need: Need, programmes: Sequence[Programme], locale: str = "fr"
    ) -> list[Verdict]:
        strategy: MatchingStrategy = self.make()
        return list(strategy.rank(context(self.settings, locale), need, programmes))

    @effort(EFFORT, max_examples=40)
    @given(need=needs())
    def test_every_programme_gets_one_verdict_best_first_excluded_last(self, need: Need) -> None:
        """A verdict for each programme given, and no other."""
        programmes = reference_programmes()
        verdicts = self._rank(need, programmes)
        assert sorted(v.programme_id for v in verdicts) == sorted(p.id for p in programmes)
        assert all(0 <= verdict.score <= 1 for verdict in verdicts)
        assert [v.excluded for v in verdicts] == sorted(v.excluded for v in verdicts)
        scores = [verdict.score for verdict in verdicts if not verdict.excluded]
        assert scores == sorted(scores, reverse=True)

    @effort(EFFORT, max_examples=40)
    @given(need=needs(), seed=st.integers(0, 1000))
    def test_the_order_given_does_not_matter(self, need: Need, seed: int) -> None:
        """The same answer twice, and whatever the order of the programmes."""
        programmes = reference_programmes()
        first = self._rank(need, programmes)
        random.Random(seed).shuffle(programmes)  # noqa: S311 - a reproducible disorder
        assert self._rank(need, programmes) == first

    @effort(EFFORT, max_examples=20)
    @given(need=needs())
    def test_what_is_not_known_never_excludes(self, need: Need) -> None:
        """A fact forgotten never excludes a programme that was not excluded."""
        programmes = reference_programmes()
        before = {v.programme_id for v in self._rank(need, programmes) if v.excluded}
        for name, poorer in less_known(need):
            after = {v.programme_id for v in self._rank(poorer, programmes) if v.excluded}
            assert after <= before, f"without {name}: {sorted(after - before)}"

    @effort(EFFORT, max_examples=20)
    @given(need=needs(), locale=st.sampled_from(["fr", "en"]))
    def test_every_exclusion_says_why_and_every_reason_is_worded(
        self, need: Need, locale: str
    ) -> None:
        """An excluded programme has a reason that excludes it; another has none."""
        for verdict in self._rank(need, reference_programmes(), locale):
            tones = {reason.tone for reason in verdict.reasons}
            assert ("excluded" in tones) == verdict.excluded
            with use_locale(locale):
                assert all(reason.criterion and word(reason) for reason in verdict.reasons)

    def test_a_large_catalogue_is_ranked_while_one_types(self) -> None:
        """Five hundred sheets, in a quarter of a second."""
        sheet, *_ = reference_programmes()
        many = [msgspec.structs.replace(sheet, id=f"sheet-{number}") for number in range(_MANY)]
        need = Need(profile=Profile(), project=Project(), today=TODAY)
        quickly(lambda: self._rank(need, many), _MANY_SECONDS, f"rank of {_MANY} sheets")

    def test_no_programme_gives_no_verdict(self) -> None:
        """An empty catalogue is not an error."""
        assert self._rank(Need(profile=Profile(), project=Project(), today=TODAY), []) == []


class QuickStrategyContract(MatchingStrategyContract):
    """What is expected besides of a `QuickStrategy`, and of a `TwoWayStrategy`: one definition, whichever way it is asked."""

    factory: ClassVar[Callable[[], Any]]

    @effort(EFFORT, max_examples=30)
    @given(need=needs(), programmes=catalogues(6))
    def test_what_is_told_is_what_was_judged(self, need: Need, programmes: list[Programme]) -> None:
        """It excludes and scores as its own explanations and its ranking say, whatever the sheets."""
        strategy, settled = self.make(), context(self.settings)
        assert isinstance(strategy, QuickStrategy)
        catalogue = Catalogue(revision="", programmes=tuple(programmes))
        judged = strategy.judge(settled, need, catalogue)
        ranked = {v.programme_id: v for v in self._rank(need, programmes)}
        for place, programme in enumerate(programmes):
            told = judged.explain(place)
            assert told == ranked[programme.id]
            assert told.excluded == bool(judged.excluded[place])
            assert math.isclose(told.score, judged.scores[place])

    @effort(EFFORT, max_examples=25)
    @given(crowd=st.lists(needs(), min_size=1, max_size=5), programme=sheets())
    def test_a_crowd_is_judged_as_each_youth_is(
        self, crowd: list[Need], programme: Programme
    ) -> None:
        """A sheet says the same of a youth among many as it says of them alone."""
        strategy, settled = self.make(), context(self.settings)
        if isinstance(strategy, TwoWayStrategy):
            judged = strategy.judge_crowd(
                settled, Crowd(revision="", needs=tuple(crowd)), programme
            )
            for place, need in enumerate(crowd):
                (alone,) = self._rank(need, [programme])
                assert judged.explain(place) == alone
                assert bool(judged.excluded[place]) == alone.excluded
                assert math.isclose(judged.scores[place], alone.score, abs_tol=1e-12)
