"""The sheets as columns. A rule reads few facts, and many sheets share them: each answer is worked out once for those that do."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import attrgetter

import msgspec
import numpy as np

from hookspecs import Programme, Reason
from plugins.matching_rules.arrays import Array
from plugins.matching_rules.hard import HARD_RULES, Columns, HardRule
from plugins.matching_rules.soft import CRITERIA, Criterion

Reasons = dict[tuple[int, float], Reason | None]
_MOST_TOLD = 512  # beyond, all are forgotten: about thirty youths


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule reads: `columns` of the distinct combinations, `of` the one that each sheet has.

    `places` is `of` as a list, which is quicker to read one by one.
    """

    columns: Columns
    of: Array
    places: list[int]


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Sheets compiled for the rules, in the order given.

    `told` keeps the reasons worded so far: at each change of the form, only what the change touches is worded again.
    """

    programmes: tuple[Programme, ...]
    ids: tuple[str, ...]
    facets: Mapping[str, Facet]
    told: dict[Hashable, Reasons] = msgspec.field(default_factory=dict)

    def reasons(self, key: Hashable) -> Reasons:
        """Those worded under this key, by facet and answer; to be completed."""
        if len(self.told) >= _MOST_TOLD:
            self.told.clear()
        return self.told.setdefault(key, {})


def compile_catalogue(programmes: Sequence[Programme]) -> Catalogue:
    """The columns of every rule. Takes about a tenth of a millisecond a sheet: meant to be kept."""
    rules: dict[str, HardRule | Criterion] = {**HARD_RULES, **CRITERIA}
    return Catalogue(
        programmes=tuple(programmes),
        ids=tuple(programme.id for programme in programmes),
        facets={
            name: _facet(programmes, rule.fields, rule.columns) for name, rule in rules.items()
        },
    )


def _facet(
    programmes: Sequence[Programme],
    fields: tuple[str, ...],
    columns: Callable[[Sequence[Programme]], Columns],
) -> Facet:
    read, places = attrgetter(*fields), dict[object, int]()
    of: list[int] = []
    sample: list[int] = []
    for number, programme in enumerate(programmes):
        place = places.setdefault(read(programme), len(places))
        if place == len(sample):
            sample.append(number)
        of.append(place)
    return Facet(
        columns=columns([programmes[number] for number in sample]),
        of=np.array(of, dtype=np.intp),
        places=of,
    )
