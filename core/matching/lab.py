"""The laboratory: strategies side by side on the same youths. What each finds, what it should not have shown, how long it takes."""

import time
from collections.abc import Collection, Mapping, Sequence
from statistics import median

import msgspec

from core.catalogue import service as catalogue
from core.contracts.matching import Catalogue, Need
from core.errors import SettingsError
from core.extension.state import Snapshot
from core.matching import blend
from core.matching.asking import Asked, Part, best_first, judge
from core.matching.examples import read_examples
from core.matching.past import list_past
from core.platform import Platform

FIRST = 10
"""What an advisor sees at once: an expected sheet is found when it is among so many."""
DEEPEST = 20
_BARS = " ▁▂▃▄▅▆▇█"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A youth, what should be found for them, and what must not be proposed, each with the rule that excludes it."""

    name: str
    need: Need
    expected: tuple[str, ...]
    must_exclude: Mapping[str, str] = {}


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy, or a blend of several, by key and weight."""

    weights: Mapping[str, int]


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """An expected sheet that was not among the first: where it stood, None when it was excluded."""

    case: str
    programme: str
    place: int | None


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet that was proposed and must not be, by which rule."""

    case: str
    programme: str
    rule: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one entrant. `places` are those of the expected sheets, None for an excluded one; `orders` the sheets
    proposed for each case, best first; `seconds` of one ranking, without its reasons.
    """

    label: str
    parts: tuple[Part, ...]
    places: Sequence[int | None]
    missed: Sequence[Missed]
    violations: Sequence[Violation]
    orders: Sequence[Sequence[str]]
    seconds: float
    problem: str = ""

    @property
    def found(self) -> int:
        """How many expected sheets were among the first."""
        return sum(place is not None and place <= FIRST for place in self.places)

    @property
    def curve(self) -> list[float]:
        """The share of the expected sheets among the first 1, 2… 20."""
        count = max(1, len(self.places))
        return [
            sum(place is not None and place <= depth for place in self.places) / count
            for depth in range(1, DEEPEST + 1)
        ]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The entrants side by side. `expected` counts the sheets to be found."""

    cases: int
    expected: int
    sheets: int
    results: Sequence[Result]


async def example_cases(platform: Platform) -> list[Case]:
    """The invented youths that travel with the platform, as of today; what is not published is not expected."""
    today = platform.clock.now().astimezone(platform.zone).date()
    known = {programme.id for programme in await catalogue.published(platform)}
    return [
        Case(
            name=example.id,
            need=example.need,
            expected=tuple(id_ for id_ in example.expected if id_ in known),
            must_exclude={id_: rule for id_, rule in example.must_exclude.items() if id_ in known},
        )
        for example in read_examples(today)
    ]


async def past_cases(platform: Platform, most: int = 200) -> list[Case]:
    """Past interviews: what should be found is what the advisor kept, as far as it is still published."""
    known = {programme.id for programme in await catalogue.published(platform)}
    return [
        Case(
            name=str(past.number),
            need=past.need,
            expected=tuple(id_ for id_ in past.kept if id_ in known),
        )
        for past in await list_past(platform, most=most)
        if past.kept
    ]


async def compare(platform: Platform, cases: Sequence[Case], entrants: Sequence[Entrant]) -> Report:
    """Ranks every case by every entrant. One that fails has a problem instead of figures."""
    snapshot = await platform.plugins.current()
    sheets = await catalogue.read_catalogue(platform)
    return Report(
        cases=len(cases),
        expected=sum(len(case.expected) for case in cases),
        sheets=len(sheets.programmes),
        results=[
            await _run(platform, snapshot, sheets, cases, entrant.weights) for entrant in entrants
        ],
    )


async def _run(
    platform: Platform,
    snapshot: Snapshot,
    sheets: Catalogue,
    cases: Sequence[Case],
    weights: Mapping[str, int],
) -> Result:
    board = platform.board.strategies
    orders: list[list[str]] = []
    times: list[float] = []
    asked: list[Asked] = []
    for case in cases:
        started = time.perf_counter()
        asked = [
            await judge(platform, snapshot, board[key], None, need=case.need, catalogue=sheets)
            for key in weights
        ]
        problem = next((one.problem for one in asked if one.problem), "")
        if problem:
            return _failed(blend.parts(asked, weights), problem)
        whole = blend.blended(asked, weights)
        order = best_first(whole)
        times.append(time.perf_counter() - started)
        orders.append([sheets.programmes[p].id for p in order if not whole.excluded[p]])
    parts = blend.parts(asked, weights)
    places = [_places(case, order) for case, order in zip(cases, orders, strict=True)]
    return Result(
        label=blend.label(parts) if parts else "",
        parts=parts,
        places=[place for found in places for place in found.values()],
        missed=[
            Missed(case=case.name, programme=id_, place=place)
            for case, found in zip(cases, places, strict=True)
            for id_, place in found.items()
            if place is None or place > FIRST
        ],
        violations=[
            Violation(case=case.name, programme=id_, rule=rule)
            for case, order in zip(cases, orders, strict=True)
            for id_, rule in case.must_exclude.items()
            if id_ in order
        ],
        orders=orders,
        seconds=median(times) if times else 0.0,
    )


def _places(case: Case, order: Sequence[str]) -> dict[str, int | None]:
    """Where each expected sheet stands."""
    at = {id_: place for place, id_ in enumerate(order, start=1)}
    return {id_: at.get(id_) for id_ in case.expected}


def _failed(parts: tuple[Part, ...], problem: str) -> Result:
    return Result(
        label=blend.label(parts),
        parts=parts,
        places=(),
        missed=(),
        violations=(),
        orders=(),
        seconds=0.0,
        problem=problem,
    )


def changed(some: Result, others: Result) -> int:
    """For how many cases the first sheets are not the same ones."""
    return sum(
        set(one[:FIRST]) != set(other[:FIRST])
        for one, other in zip(some.orders, others.orders, strict=True)
    )


def entrants(asked: Sequence[str], known: Collection[str]) -> list[Entrant]:
    """Entrants from words: a key, or `key=weight+key=weight` for a blend. Raises `SettingsError` for a strategy unknown."""
    found = []
    for words in asked:
        pairs = [part.partition("=")[::2] for part in words.split("+")]
        weights = {key: int(weight) if weight.isdigit() else 100 for key, weight in pairs}
        unknown = sorted(weights.keys() - set(known))
        if unknown:
            raise SettingsError(f"no strategy {unknown[0]}; there are: {', '.join(sorted(known))}")
        found.append(Entrant(weights=weights))
    return found


def sparkline(result: Result) -> str:
    """The curve in twenty characters."""
    return "".join(_BARS[round(share * (len(_BARS) - 1))] for share in result.curve)
