"""Sets as bits: an id of the taxonomy is a bit, a set an integer, many sets a column.

A short kind (statuses, domains…) fits in one number. Countries, languages and departments take a few words of 64 bits: sets of
them are packed in an array (words, sets), and two such sets meet where they have a bit in common.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hookspecs import taxonomy

Array = npt.NDArray[Any]

COUNTRY_WORDS, LANGUAGE_WORDS, DEPARTMENT_WORDS = 4, 3, 2
_ELSEWHERE = "elsewhere"
_STRANGE = 1 << 62


@cache
def bits(kind: str) -> Mapping[str, int]:
    """The bit of each id of a short kind."""
    return {id_: 1 << place for place, id_ in enumerate(taxonomy.entries(kind))}


@cache
def country_bits() -> Mapping[str, int]:
    """The bit of each country."""
    return {code: 1 << place for place, (code, _) in enumerate(sorted(taxonomy.countries()))}


@cache
def language_bits() -> Mapping[str, int]:
    """The bit of each language."""
    return {code: 1 << place for place, (code, _) in enumerate(sorted(taxonomy.languages()))}


@cache
def department_bits() -> Mapping[str, int]:
    """The bit of each department of France, and one for a code that is none."""
    codes = [f"{number:02}" for number in (*range(1, 20), *range(21, 96))]
    codes += ["2A", "2B", *(str(number) for number in range(971, 979)), "987", "988", _ELSEWHERE]
    return {code: 1 << place for place, code in enumerate(codes)}


def department(code: str) -> int:
    """The bit of a department; one that nobody knows is elsewhere."""
    known = department_bits()
    return known.get(code, known[_ELSEWHERE])


def union(known: Mapping[str, int], ids: Iterable[str]) -> int:
    """The set of these ids; an id that is not known is left out."""
    found = 0
    for id_ in ids:
        found |= known.get(id_, 0)
    return found


@lru_cache(maxsize=8192)
def subset(kind: str, ids: tuple[str, ...]) -> int:
    """The set of these ids of a short kind; many youths and sheets say the same."""
    return union(bits(kind), ids)


def flags_set(ids: Iterable[str]) -> int:
    """Flags as a set. One that the taxonomy does not know has a bit too, to which nobody ever answers."""
    known, found = bits("flags"), 0
    for id_ in ids:
        found |= known.get(id_, _STRANGE)
    return found


def pack(sets: Sequence[int], words: int) -> Array:
    """Sets as an array (words, sets)."""
    raw = b"".join([one.to_bytes(8 * words, "little") for one in sets])
    return np.frombuffer(raw, "<u8").reshape(len(sets), words).T


def unpack(words: Iterable[int]) -> int:
    """One set, from its words."""
    return sum(word << 64 * place for place, word in enumerate(words))


def meet(some: Array, others: Array) -> Array:
    """Where packed sets have something in common."""
    common: Array = np.bitwise_or.reduce(some & others, axis=0) != 0
    return common
