"""Drawings of the laboratory, as coordinates: the templates make SVG of them."""

from collections.abc import Sequence

import msgspec

from core.matching.lab import DEEPEST, Result

WIDTH, HEIGHT = 320, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 10, 26


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A curve: its points as an SVG polyline, and the last value in percent."""

    label: str
    points: str
    end: int


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of one case: where two strategies put it."""

    x: float
    y: float
    title: str


def x_of(depth: float) -> float:
    """Where a rank from 1 to `DEEPEST` stands on the horizontal."""
    return round(_LEFT + (depth - 1) / (DEEPEST - 1) * (WIDTH - _LEFT - _RIGHT), 1)


def y_of(share: float) -> float:
    """Where a share from 0 to 1 stands on the vertical."""
    return round(_TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM), 1)


def curves(results: Sequence[Result]) -> list[Line]:
    """The share of the expected sheets found, by how many of the first are read."""
    return [
        Line(
            label=result.label,
            points=" ".join(
                f"{x_of(depth)},{y_of(share)}" for depth, share in enumerate(result.curve, start=1)
            ),
            end=round(100 * result.curve[-1]),
        )
        for result in results
        if result.places
    ]


def moves(some: Result, others: Result, most: int = 400) -> list[Dot]:
    """Each sheet that one of the two puts among the first twenty: its rank by the one across, by the other down."""
    found: dict[tuple[int, int], list[str]] = {}
    for one, other in zip(some.orders, others.orders, strict=True):
        theirs = {id_: place for place, id_ in enumerate(other, start=1)}
        for place, id_ in enumerate(one[:DEEPEST], start=1):
            at = (place, min(theirs.get(id_, DEEPEST), DEEPEST))
            found.setdefault(at, []).append(id_)
    return [
        Dot(
            x=x_of(across),
            y=y_of(1 - (down - 1) / (DEEPEST - 1)),
            title=", ".join(sorted(set(ids))[:4]),
        )
        for (across, down), ids in list(found.items())[:most]
    ]
