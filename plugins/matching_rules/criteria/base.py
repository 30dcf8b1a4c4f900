"""What a criterion is. Its judgement is written once, on columns: one youth and many sheets, or many youths and one sheet.

A judgement gives a *case* for each pair, a small number of the criterion's own; 0 is not worth a word. What is told afterwards
is read from that case, so that a reason can never say something else than the score.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from hookspecs import Need, Programme, Reason, Said, Tone
from plugins.matching_rules.bits import Array
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import Youths

Facts = tuple[Any, ...]
"""What a criterion reads of one sheet."""
EXCLUDES, DOUBTS = 256, 1


class Outcome(NamedTuple):
    """A judgement: the case of each pair, the mark of a soft criterion, and figures that the words show."""

    cases: Array
    marks: Array | None = None
    shown: tuple[Array, ...] = ()


class Found(NamedTuple):
    """The judgement of one pair."""

    case: int
    mark: float
    shown: tuple[Any, ...]


class Criterion(ABC):
    """One criterion, by the name under which the rules speak of it. `label` is a text for `_`; without, the taxonomy's."""

    name: str
    label: str = ""

    @abstractmethod
    def facts(self, programme: Programme) -> Facts:
        """What it reads of a sheet, and no more: sheets that agree on these facts are judged once."""

    @abstractmethod
    def prepare(self, facts: Sequence[Facts]) -> Any:
        """The facts of many sheets as columns."""

    @abstractmethod
    def judge(self, youths: Youths, sheets: Any, rules: Rules) -> Outcome:
        """The case of each pair. One of the two sides has a single place: its numbers serve for all of the other."""

    @abstractmethod
    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The reason that a case above 0 deserves; None when the mark is too good for a word."""

    def reason(
        self, tone: Tone, youth: Said | str, programme: Said | str, says: str = ""
    ) -> Reason:
        """A reason of this criterion."""
        return Reason(
            criterion=self.name,
            tone=tone,
            youth=youth,
            programme=programme,
            label=self.label,
            says=says,
        )


class HardRule(Criterion):
    """A rule that never bends. `tones` gives the tone of each case; an empty one is met without a word.

    What is not known never excludes: its tone is then "to check".
    """

    tones: tuple[Tone | str, ...]

    def __init__(self) -> None:
        weights = {"excluded": EXCLUDES, "to_check": DOUBTS}
        self.burdens = np.array([weights.get(tone, 0) for tone in self.tones], np.int16)


class SoftRule(Criterion):
    """A criterion that brings sheets and youths closer: marks from 0 to 1.

    What a sheet does not tell gets the middle mark. A criterion of which the youth's side is not known counts for no sheet
    at all. So every sheet is marked on the same criteria, and more weight never harms the sheet that has the better mark.
    """

    MIDDLE = 0.5
    WORTH = 0.7
    """From this mark on, the reason speaks in favour."""

    @abstractmethod
    def knows(self, youths: Youths) -> Array | bool:
        """For which youths the criterion can be judged."""


def column(values: Iterable[Any]) -> Array:
    """A column of numbers."""
    found = list(values)
    return np.array(found) if found else np.zeros(0, np.int64)
