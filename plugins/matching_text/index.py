"""The sheets as an index of stems, and how much each stem says of each of them (BM25)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hookspecs import Programme, taxonomy
from plugins.matching_text.language import Word, words

Array = npt.NDArray[np.float64]
_SATURATION, _LENGTH = 1.2, 0.5
_TITLE, _SUMMARY, _TAGS, _FACTS, _FURTHER = 3, 2, 2, 1, 1
_FEW_COUNTRIES = 8


class Posting(NamedTuple):
    """Where a stem stands: the places of the sheets, how fully each speaks of it (0 to 1), and how telling it is."""

    places: npt.NDArray[np.intp]
    weights: Array
    rarity: float
    forms: Mapping[int, str]


class Index(NamedTuple):
    """Every stem of the sheets."""

    postings: Mapping[str, Posting]
    sheets: int


def build(programmes: Sequence[Programme]) -> Index:
    """The index of these sheets, in their order."""
    counts: list[Counter[str]] = []
    forms: dict[str, dict[int, str]] = {}
    for place, programme in enumerate(programmes):
        counted: Counter[str] = Counter()
        for word, times in _words(programme):
            counted[word.stem] += times
            forms.setdefault(word.stem, {}).setdefault(place, word.form)
        counts.append(counted)
    lengths = np.array([float(counted.total()) for counted in counts])
    shares = lengths / max(1.0, float(lengths.mean())) if len(lengths) else lengths
    postings = {
        stem: _posting(places, [counts[place][stem] for place in places], shares, len(programmes))
        for stem, places in forms.items()
    }
    return Index(postings=postings, sheets=len(programmes))


def _posting(
    forms: Mapping[int, str], counts: Sequence[int], shares: Array, sheets: int
) -> Posting:
    places = np.array(list(forms), np.intp)
    found = np.array(counts, float)
    weights = found / (found + _SATURATION * (1 - _LENGTH + _LENGTH * shares[places]))
    rarity = float(np.log(1 + (sheets - len(places) + 0.5) / (len(places) + 0.5)))
    return Posting(places, weights, rarity, forms)


def _words(programme: Programme) -> Iterator[tuple[Word, int]]:
    """The words of a sheet, its facts in French included, and how much each counts."""
    countries = programme.countries if len(programme.countries) <= _FEW_COUNTRIES else ()
    labels = [
        *(taxonomy.label("domains", id_, "fr") for id_ in programme.domains),
        *(taxonomy.label("countries", id_, "fr") for id_ in countries),
    ]
    for text, times in (
        (programme.title_fr, _TITLE),
        (programme.summary_fr, _SUMMARY),
        (" ".join(taxonomy.label("interests", tag, "fr") for tag in programme.tags), _TAGS),
        (" ".join(labels), _FACTS),
        (" ".join(programme.other_conditions_fr), _FURTHER),
    ):
        for word in words(text):
            yield word, times
