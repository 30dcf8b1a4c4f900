"""Several strategies as one: scores weighed, whatever one excludes excluded, the reasons of each."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.catalogue import words
from core.contracts.matching import Reason, Scored, Verdict
from core.matching import asking
from core.matching.asking import Asked, Part
from core.platform import Platform
from core.web.i18n import _

_ORDER = {"for": 0, "against": 1, "to_check": 2, "excluded": 3}


class Blend:
    """Scores made of several; a hard rule of one holds for all. Each strategy explains its own part (`explain`, below)."""

    def __init__(self, scores: npt.NDArray[np.float64], excluded: npt.NDArray[np.bool_]) -> None:
        self.scores, self.excluded = scores, excluded


def blended(answered: Sequence[Asked], weights: Mapping[str, int]) -> Scored:
    """The judgement of one strategy as it is, of several weighed."""
    if len(answered) == 1:
        alone: Scored = answered[0].judgement
        return alone
    total = sum(weights[one.owned.item.key] for one in answered)
    scores = sum(
        np.asarray(one.judgement.scores) * (weights[one.owned.item.key] / total) for one in answered
    )
    excluded = np.any([np.asarray(one.judgement.excluded, bool) for one in answered], axis=0)
    return Blend(np.where(excluded, 0.0, np.clip(scores, 0, 1)), excluded)


async def explain(
    platform: Platform,
    answered: Sequence[Asked],
    whole: Scored,
    places: Sequence[int],
    ids: Sequence[str],
) -> dict[int, Verdict] | None:
    """The verdicts at these places, of these sheets, by place; None when one of the strategies does not give them."""
    told = []
    for one in answered:
        verdicts = await asking.explain(platform, one, places, ids)
        if verdicts is None:
            return None
        told.append(verdicts)
    if len(told) == 1:
        return dict(zip(places, told[0], strict=True))
    return {
        place: _joined(whole, place, id_, verdicts)
        for place, id_, *verdicts in zip(places, ids, *told, strict=True)
    }


def _joined(whole: Scored, place: int, id_: str, verdicts: Sequence[Verdict]) -> Verdict:
    excluded = bool(whole.excluded[place])
    reasons: list[Reason] = [reason for verdict in verdicts for reason in verdict.reasons]
    if excluded:
        reasons = [reason for reason in reasons if reason.tone == "excluded"]
    return Verdict(
        programme_id=id_,
        score=float(whole.scores[place]),
        excluded=excluded,
        reasons=tuple(sorted(reasons, key=lambda reason: _ORDER[reason.tone])),
    )


def parts(answered: Sequence[Asked], weights: Mapping[str, int]) -> tuple[Part, ...]:
    """What is kept of the strategies that made a ranking."""
    return tuple(
        Part(
            strategy=one.owned.item.key,
            label=one.owned.item.label,
            version=one.version,
            weight=weights.get(one.owned.item.key, 100),
        )
        for one in answered
    )


def label(made_by: Sequence[Part]) -> str:
    """« Règles et critères », « Règles et critères (70 %) et Mots (30 %) »."""
    total = sum(part.weight for part in made_by)
    if len(made_by) == 1:
        return _(made_by[0].label)
    return words.enumerate_words(
        [
            _("%(strategy)s (%(share)d %%)")
            % {"strategy": _(part.label), "share": round(100 * part.weight / total)}
            for part in made_by
        ]
    )


def names(labels: Sequence[str]) -> str:
    """« a et b », in the present language."""
    return words.enumerate_words([_(label) for label in labels])
