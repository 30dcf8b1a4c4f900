"""Sheets that are near another: the same fields first, then the same places and interests. Pure."""

from collections.abc import Sequence

from core.contracts.matching import Programme

_WEIGHTS = (("domains", 4.0), ("zones", 2.0), ("countries", 1.0), ("tags", 1.0))


def alike(programme: Programme, others: Sequence[Programme], most: int = 3) -> list[Programme]:
    """At most so many sheets that share a field with this one, the nearest first; never itself."""
    near = [
        (likeness(programme, other), other)
        for other in others
        if other.id != programme.id and set(other.domains) & set(programme.domains)
    ]
    near.sort(key=lambda pair: (-pair[0], pair[1].title_fr))
    return [other for _, other in near[:most]]


def likeness(one: Programme, other: Programme) -> float:
    """From 0 to 1: the weighted shares of what both have (Jaccard's index for each list of facts)."""
    total = sum(weight for _, weight in _WEIGHTS)
    return (
        sum(weight * _shared(getattr(one, name), getattr(other, name)) for name, weight in _WEIGHTS)
        / total
    )


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    together = set(one) | set(other)
    return len(set(one) & set(other)) / len(together) if together else 0.0
