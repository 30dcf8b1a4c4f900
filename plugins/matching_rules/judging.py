"""The judgement of any number of youths and sheets at once: who is excluded by what, and the scores of the others."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from plugins.matching_rules.arrays import Array
from plugins.matching_rules.catalogue import Catalogue
from plugins.matching_rules.hard import EXCLUDED, HARD_RULES, TO_CHECK
from plugins.matching_rules.rules import Rules
from plugins.matching_rules.soft import CRITERIA
from plugins.matching_rules.youths import Youths


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """`excluded` and `scores` have a row for each youth and a column for each sheet; an excluded sheet scores 0.

    `codes` and `marks` are what made them, a column for each facet: a criterion that does not count is not there.
    """

    excluded: Array
    scores: Array
    codes: Mapping[str, Array]
    marks: Mapping[str, Array]


_REFUSAL = 16
"""More than there are rules: a sum of answers tells apart a refusal from any number of doubts."""
_TONES = {EXCLUDED: _REFUSAL, TO_CHECK: 1}
_WEIGHED = np.array([_TONES.get(code % 4, 0) for code in range(8)], dtype=np.uint8)
_DOUBTS = 1.0 + np.arange(256) % _REFUSAL


def judge(
    youths: Youths, catalogue: Catalogue, rules: Rules, weights: Mapping[str, int]
) -> Judgement:
    """Every sheet for every youth."""
    facets = catalogue.facets
    codes = {
        name: HARD_RULES[name].judge(youths, facets[name].columns).astype(np.int8)
        for name in rules.hard
    }
    found = np.zeros((youths.count, len(catalogue.programmes)), dtype=np.uint8)
    for name, code in codes.items():
        found += _WEIGHED[code].take(facets[name].of, axis=1)
    excluded = found >= _REFUSAL
    total = np.full((youths.count, 1), float(weights["certainty"]))
    scores = (weights["certainty"] / _DOUBTS)[found]
    marks = {}
    for name, criterion in CRITERIA.items():
        known = criterion.known(youths) if weights[name] else np.zeros(1, dtype=bool)
        if not known.any():
            continue
        mark = marks[name] = criterion.mark(youths, facets[name].columns, rules)
        weight = np.where(known, float(weights[name]), 0.0)
        scores += (mark * weight).take(facets[name].of, axis=1)
        total += weight
    scores = np.minimum(1.0, scores / np.where(total == 0, 1.0, total))
    return Judgement(
        excluded=excluded, scores=np.where(excluded, 0.0, scores), codes=codes, marks=marks
    )


def order(judgement: Judgement, ids: Sequence[str], youth: int = 0) -> list[int]:
    """The sheets for one youth: the closest first, the excluded last; equals by id."""
    excluded, scores = judgement.excluded[youth].tolist(), judgement.scores[youth].tolist()
    return sorted(range(len(ids)), key=lambda n: (excluded[n], -scores[n], ids[n]))
