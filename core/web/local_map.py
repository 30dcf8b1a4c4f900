"""The country around one place, cut from the region's map: the towns nearby, and how far it is from one's own.

Drawn from our data, so that nothing is asked of anybody else. Good to a few kilometres, as the region's map: it says which way
to go, the address says where. Pure.
"""

from collections.abc import Sequence

import msgspec

from core.web.region_map import Point, project

_LEAST, _MOST = 9.0, 60.0  # kilometres from the place to the edge
_SHAPE = 1.6  # width of the map for a height of one
_LETTER, _LINE = 0.6, 1.35  # width of a letter and height of a line, in the size of letters
_NAMES = 9

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """A town as it was found: degrees. The most important come first."""

    name: str
    lat: float
    lon: float


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A town on the map, in its units; its name stands before the point when `before`."""

    name: str
    x: float
    y: float
    before: bool = False
    own: bool = False


class LocalMap(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: the frame (kilometres, on the region's map), the place in its middle, the towns, the size of letters."""

    left: float
    top: float
    width: float
    height: float
    x: float
    y: float
    letters: float
    spots: tuple[Spot, ...]


def local_map(here: tuple[float, float], towns: Sequence[Town], own: Town | None) -> LocalMap:
    """The map around a place (latitude, longitude). One's own town is on it when it is not too far."""
    x, y = project(*here)
    reach = _LEAST
    if own is not None:
        east, south = project(own.lat, own.lon)
        reach = max(_LEAST, 1.3 * max(abs(east - x), _SHAPE * abs(south - y)))
    if reach > _MOST:
        own, reach = None, 2 * _LEAST
    frame = (x - reach, y - reach / _SHAPE, x + reach, y + reach / _SHAPE)
    letters = reach / 12
    pin = (x - 1.2 * letters, y - 3.2 * letters, x + 1.2 * letters, y + 0.3 * letters)
    order = [town for town in towns if own is None or town.name != own.name]
    spots = _named([own, *order] if own else order, own, frame, pin, letters)
    return LocalMap(
        left=round(frame[0], 2),
        top=round(frame[1], 2),
        width=round(2 * reach, 2),
        height=round(2 * reach / _SHAPE, 2),
        x=round(x, 2),
        y=round(y, 2),
        letters=round(letters, 2),
        spots=tuple(spots),
    )


def _named(
    towns: Sequence[Town], own: Town | None, frame: Box, pin: Box, letters: float
) -> list[Spot]:
    """The towns, in their order, whose names fit in the frame without covering another."""
    taken, spots = [pin], []
    for town in towns:
        x, y = project(town.lat, town.lon)
        for before in (False, True):
            box = _label((x, y), len(town.name), letters, before=before)
            if _within(box, frame) and not any(_meet(box, other) for other in taken):
                taken.append(box)
                spots.append(
                    Spot(
                        name=town.name, x=round(x, 2), y=round(y, 2), before=before, own=town is own
                    )
                )
                break
        if len(spots) == _NAMES:
            break
    return spots


def _label(at: Point, length: int, letters: float, *, before: bool) -> Box:
    """The room of a point and of a name of so many letters beside it."""
    x, y = at
    wide, half = (length * _LETTER + 0.9) * letters, _LINE * letters / 2
    near = 0.4 * letters
    return (
        (x - wide, y - half, x + near, y + half)
        if before
        else (x - near, y - half, x + wide, y + half)
    )


def _within(one: Box, frame: Box) -> bool:
    return frame[0] < one[0] and frame[1] < one[1] and one[2] < frame[2] and one[3] < frame[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
