"""Judging: every criterion once on all that it must judge, then a sum. Explaining reads what was judged."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hookspecs import Need, Reason, Verdict
from plugins.matching_rules.bits import Array
from plugins.matching_rules.criteria import HARD, SOFT
from plugins.matching_rules.criteria.base import EXCLUDES, Criterion, Found, Outcome
from plugins.matching_rules.rulebook import Rules, Weights
from plugins.matching_rules.sheets import Sheets, View
from plugins.matching_rules.youths import Youths

_SHARES = 1.0 / (1 + np.arange(EXCLUDES))
"""What so many doubts leave of the certainty."""
_UNTOLD = Reason(criterion="", tone="for")
_ORDER = {"for": 0, "against": 1, "to_check": 2, "excluded": 3}


class Scores(NamedTuple):
    """Place by place; `outcomes` by criterion, for those that were asked."""

    scores: Array
    excluded: Array
    outcomes: Mapping[str, Outcome]


def judge(youths: Youths, sheets: Sheets, rules: Rules, weights: Weights) -> Scores:
    """One youth and every sheet, or many youths and one sheet: hard rules, then a weighted mean of the marks.

    A score is 0 where a hard rule excludes, and everywhere when no criterion has any weight.
    """
    crowd = isinstance(youths.today, np.ndarray)
    burden = np.zeros(len(youths.today) if crowd else len(sheets.ids), np.int16)
    outcomes: dict[str, Outcome] = {}
    for name in rules.hard:
        rule, view = HARD[name], sheets.views[name]
        outcomes[name] = outcome = rule.judge(youths, view.prepared, rules)
        burden += _spread(rule.burdens[outcome.cases], view, crowd=crowd)
    points = weights.certainty * _SHARES[burden & (EXCLUDES - 1)]
    total: Array | float = float(weights.certainty)
    for name, criterion in SOFT.items():
        weight, view = getattr(weights, name), sheets.views[name]
        known = criterion.knows(youths)
        if not weight or known is False:
            continue
        share = weight * known
        outcomes[name] = outcome = criterion.judge(youths, view.prepared, rules)
        total = total + share
        points += _spread(share * outcome.marks, view, crowd=crowd)
    excluded = burden >= EXCLUDES
    scores = np.minimum(1.0, points / np.maximum(total, 1e-9))
    scores[excluded] = 0.0
    return Scores(scores, excluded, outcomes)


def _spread(values: Array, view: View, *, crowd: bool) -> Array:
    """From the different facts of a criterion to the sheets that have them."""
    return values if crowd else values[view.rows]


class Judgement:
    """A catalogue judged for one need (`hookspecs.Judgement`)."""

    def __init__(self, need: Need, sheets: Sheets, found: Scores) -> None:
        self.scores, self.excluded = found.scores, found.excluded
        self._ids = sheets.ids
        self._out: list[bool] = found.excluded.tolist()
        self._points: list[float] = found.scores.tolist()
        self._hard, self._soft = (
            [
                _Teller(rule, need, view, found.outcomes[name]).row(view.places)
                for name, rule in rules.items()
                if name in found.outcomes
                for view in (sheets.views[name],)
            ]
            for rules in (HARD, SOFT)
        )

    def explain(self, place: int) -> Verdict:
        """The verdict on one sheet: what excludes it, or what speaks for it, against it, and what is to be checked."""
        id_, hard = self._ids[place], _tell(self._hard, place)
        if self._out[place]:
            refusals = tuple(reason for reason in hard if reason.tone == "excluded")
            return Verdict(programme_id=id_, score=0.0, excluded=True, reasons=refusals)
        reasons = [*_tell(self._soft, place), *hard]
        reasons.sort(key=_by_tone)
        return Verdict(programme_id=id_, score=self._points[place], reasons=tuple(reasons))


class _Teller:
    """Tells what one criterion judged, once for all the sheets that have the same facts."""

    def __init__(self, rule: Criterion, need: Need, view: View, outcome: Outcome) -> None:
        self._rule, self._need, self._facts = rule, need, view.facts
        self._cases: list[int] = outcome.cases.tolist()
        self._marks: list[float] = [] if outcome.marks is None else outcome.marks.tolist()
        self._shown = [figures.tolist() for figures in outcome.shown]
        self._told = [_UNTOLD if case else None for case in self._cases]

    def row(self, places: Sequence[int]) -> "_Row":
        """What was told so far at each place among the facts, the place of each sheet there, and how to tell the rest."""
        return self._told, places, self._tell

    def _tell(self, row: int) -> Reason | None:
        """The reason at one place among the facts."""
        mark = self._marks[row] if self._marks else 0.0
        shown = tuple([figures[row] for figures in self._shown]) if self._shown else ()
        found = Found(self._cases[row], mark, shown)
        self._told[row] = told = self._rule.tell(self._need, self._facts[row], found)
        return told


_Row = tuple[list[Reason | None], Sequence[int], Callable[[int], Reason | None]]


def _tell(rows: Sequence[_Row], place: int) -> list[Reason]:
    """What each criterion has to say of the sheet at this place."""
    reasons = []
    for told, places, tell in rows:
        at = places[place]
        reason = told[at]
        if reason is _UNTOLD:
            reason = tell(at)
        if reason is not None:
            reasons.append(reason)
    return reasons


def _by_tone(reason: Reason) -> int:
    return _ORDER[reason.tone]
