"""Answers over arrays, and sets as bits. A row is a youth, a column a sheet; every rule holds for any shape of the two.

Not known lies between no and yes: the least of several answers is "all of them", the greatest is "one of them".
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hookspecs import taxonomy

Array = npt.NDArray[Any]

NO, UNKNOWN, YES = 0, 1, 2
NONE = -1
"""A rank, an amount or a length that is not told."""
_ELSE = 62
"""The bit of ids that the taxonomy does not have."""


def all_of(*answers: Array) -> Array:
    """Yes to all, no to one, or not known."""
    found = answers[0]
    for answer in answers[1:]:
        found = np.minimum(found, answer)
    return found


def at_least(value: Array, bound: Array) -> Array:
    """Whether a value reaches a bound; a bound that is not told is reached."""
    reached = np.where(value == NONE, UNKNOWN, np.where(value >= bound, YES, NO))
    return np.where(bound == NONE, YES, reached)


def at_most(value: Array, bound: Array) -> Array:
    """Whether a value stays within a bound; a bound that is not told leaves room."""
    within = np.where(value == NONE, UNKNOWN, np.where(value <= bound, YES, NO))
    return np.where(bound == NONE, YES, within)


def every_flag(wanted: Array, yes: Array, no: Array) -> Array:
    """Whether all the flags wanted hold, from those answered yes and those answered no."""
    known = np.where((wanted & ~yes) == 0, YES, UNKNOWN)
    return np.where((wanted & no) != 0, NO, known)


@cache
def _places(kind: str) -> dict[str, int]:
    return {id_: place for place, id_ in enumerate(taxonomy.entries(kind))}


def bits(kind: str, ids: Iterable[str], *, strangers: bool = False) -> int:
    """A set of taxonomy ids. Ids that it does not have share a bit if `strangers`, and are dropped otherwise.

    A sheet keeps them, so that what it asks for is never forgotten; a youth does not, so that they never match.
    """
    places, found = _places(kind), 0
    for id_ in ids:
        place = places.get(id_, _ELSE if strangers else None)
        if place is not None:
            found |= 1 << place
    return found


def row(values: Collection[int], kind: Any = np.int64) -> Array:
    """Facts of sheets: one row."""
    return np.array(values, dtype=kind)[None, :]


def column(values: Collection[int], kind: Any = np.int64) -> Array:
    """Facts of youths: one column."""
    return np.array(values, dtype=kind)[:, None]


@cache
def country_places() -> dict[str, int]:
    """The place of each country in the matrices."""
    zones = taxonomy.entries("zones").values()
    codes = {code for zone in zones for code in zone.countries}
    codes.update(code for code, _ in taxonomy.countries())
    return {code: place for place, code in enumerate(sorted(codes))}


def country_sets(sets: Collection[Collection[str]]) -> Array:
    """Sets of countries as rows of 0 and 1, made to be multiplied."""
    places = country_places()
    found = np.zeros((len(sets), len(places)), dtype=np.float32)
    for number, codes in enumerate(sets):
        found[number, [places[code] for code in codes if code in places]] = 1
    return found


def zone_sets(sets: Collection[Collection[str | None]]) -> Array:
    """Sets of zones as bits."""
    return np.array([bits("zones", filter(None, zones)) for zones in sets], dtype=np.int64)
