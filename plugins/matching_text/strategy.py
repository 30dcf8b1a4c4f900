"""The strategy `matching_text:words`: how much of what the youth wrote is found in each sheet."""

from collections.abc import Sequence

import numpy as np

from hookspecs import (
    N_,
    Catalogue,
    Judgement,
    Need,
    PluginContext,
    Programme,
    Reason,
    Said,
    Verdict,
    catalogue_of,
)
from plugins.matching_text.index import Array, Index, build
from plugins.matching_text.language import words

_FIELDS = {"wish": 1.5, "passions": 1.0, "leisure": 0.7, "experience": 0.7, "background": 0.5}
"""How much each free answer counts: what is dreamt of more than what was."""
_NOTHING_SAID = 0.5
_TOLD = 5


class WordsStrategy:
    """No rules but one: what is suspended is never proposed. Everything else is words in common."""

    key = "matching_text:words"
    label = N_("Mots en commun")

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """The sheets that share the most telling words first; equals by id."""
        catalogue = catalogue_of(tuple(programmes))
        judged = self.judge(context, need, catalogue)
        verdicts = [judged.explain(place) for place in range(len(programmes))]
        return sorted(verdicts, key=lambda v: (v.excluded, -v.score, v.programme_id))

    def judge(self, context: PluginContext, need: Need, catalogue: Catalogue) -> Judgement:
        """Every sheet judged by its words; the words are named when they are asked for."""
        index: Index = catalogue.derive("matching_text", lambda: build(catalogue.programmes))
        return WordsJudgement(catalogue, index, said(need))


def said(need: Need) -> dict[str, tuple[float, str]]:
    """The stems of what the youth wrote, each with its weight and the form that they used."""
    found: dict[str, tuple[float, str]] = {}
    for field, weight in _FIELDS.items():
        text = getattr(need.project if field == "wish" else need.profile, field)
        for word in words(text):
            known = found.get(word.stem)
            if known is None or known[0] < weight:
                found[word.stem] = (weight, known[1] if known else word.form)
    return found


class WordsJudgement:
    """A catalogue judged for one need.

    A score is the square root of the share of the telling words that the sheet speaks of, so that a few good ones show.
    Nothing said, or no word that any sheet knows, is the middle for all.
    """

    def __init__(
        self, catalogue: Catalogue, index: Index, stems: dict[str, tuple[float, str]]
    ) -> None:
        self._programmes = catalogue.programmes
        self._known = [
            (form, weight * posting.rarity, posting)
            for stem, (weight, form) in stems.items()
            if (posting := index.postings.get(stem)) is not None
        ]
        whole = sum(weight for _, weight, _ in self._known)
        scores: Array = np.zeros(index.sheets)
        for _, weight, posting in self._known:
            scores[posting.places] += weight * posting.weights
        self.excluded = [_is_out(programme) for programme in catalogue.programmes]
        shares = np.sqrt(scores / whole) if whole else np.full(index.sheets, _NOTHING_SAID)
        self.scores = np.where(self.excluded, 0.0, np.minimum(1.0, shares)).tolist()

    def explain(self, place: int) -> Verdict:
        """The verdict on one sheet: the words that met, the most telling ones first."""
        id_, score = self._programmes[place].id, self.scores[place]
        if self.excluded[place]:
            reason = Reason(criterion="suspendu", tone="excluded", programme=Said("suspended"))
            return Verdict(programme_id=id_, score=0.0, excluded=True, reasons=(reason,))
        met = sorted(
            (
                (-weight * float(posting.weights[list(posting.forms).index(place)]), form, posting)
                for form, weight, posting in self._known
                if place in posting.forms
            ),
            key=lambda one: one[:2],
        )[:_TOLD]
        if not met:
            return Verdict(programme_id=id_, score=score)
        reason = Reason(
            criterion="words",
            tone="for",
            label=N_("Mots en commun"),
            youth=Said("words", tuple(form for _, form, _ in met)),
            programme=Said("words", tuple(posting.forms[place] for *_, posting in met)),
        )
        return Verdict(programme_id=id_, score=score, reasons=(reason,))


def _is_out(programme: Programme) -> bool:
    return programme.availability == "suspendu" or programme.application_mode == "closed"
