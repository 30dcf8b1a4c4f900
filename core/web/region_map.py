"""The region's map, drawn from the points of its communes: no boundary file is needed.

Each cell of a fine grid belongs to the department of the nearest town hall; borders between cells of different departments
are traced as arcs, each smoothed once for both its sides, so that neighbours fit without a gap. Good to about five kilometres:
made to be recognised and clicked, never to measure.

Data: INSEE, La Poste, DILA, IGN – Licence Ouverte / Etalab 2.0.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

import msgspec

Point = tuple[float, float]
Corner = tuple[int, int]
Cells = dict[Corner, str]

WIDTH = 420
"""Units of the drawing from west to east; one is about a kilometre."""
HEIGHT = 512

_CELL = 2.0  # kilometres
_REACH = 7  # cells from a town hall that may belong to its department
_INSET = 4  # cells taken off again all around, so that town halls are near on every side
_PASSES = 5  # of averaging
_TOLERANCE = 0.35  # kilometres
_KM_PER_DEGREE = 111.2
_WEST, _NORTH = -2.45, 47.32
_SHRINK = math.cos(math.radians(44.9))
_VENDEE, _SPAIN = 46.29, 43.37  # latitudes where the coast enters and leaves the region
_BEYOND_NORTH: tuple[Point, ...] = (
    (46.9, -2.9),
    (46.85, -2.2),
    (46.68, -1.98),
    (46.5, -1.8),
    (46.39, -1.48),
)
_BEYOND_SOUTH: tuple[Point, ...] = ((43.33, -1.95), (43.3, -2.2), (43.34, -2.9))

# Rivers by the towns that they pass, down to the sea (a latitude and longitude). The first ends in the estuary.
_RIVERS: tuple[tuple[str | Point, ...], ...] = (
    ("Agen", "Tonneins", "Marmande", "Langon", "Bègles", "Bordeaux", "Blaye", (45.56, -1.05)),
    (
        "Argentat-sur-Dordogne",
        "Beaulieu-sur-Dordogne",
        "Domme",
        "Lalinde",
        "Bergerac",
        "Libourne",
        "Bourg",
    ),
    (
        "Civray",
        "Mansle-les-Fontaines",
        "Angoulême",
        "Cognac",
        "Saintes",
        "Tonnay-Charente",
        (45.97, -1.24),
    ),
    ("Eymoutiers", "Limoges", "Saint-Junien", "Confolens", "Lussac-les-Châteaux", "Châtellerault"),
    ("Aire-sur-l'Adour", "Saint-Sever", "Tartas", "Dax", "Bayonne", (43.56, -1.56)),
    ("Nay", "Pau", "Orthez", "Peyrehorade", "Bayonne"),
)
_ESTUARY = ("Bourg", "Blaye", (45.45, -0.87), (45.6, -1.3))


class DepartmentShape(msgspec.Struct, frozen=True, kw_only=True):
    """A department: its outline as an SVG path, and the middle of its town halls, where a figure may stand."""

    code: str
    path: str
    x: float
    y: float


class RegionShapes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything drawn: departments by code, the coast as an open line, the sea as an area, rivers, one line a degree."""

    departments: tuple[DepartmentShape, ...]
    coast: str
    sea: str
    rivers: tuple[str, ...]
    estuary: str
    graticule: tuple[str, ...]


def project(lat: float, lon: float) -> Point:
    """Degrees to the drawing's units, from its north-west corner."""
    return (lon - _WEST) * _SHRINK * _KM_PER_DEGREE, (_NORTH - lat) * _KM_PER_DEGREE


@cache
def region() -> RegionShapes:
    """The shapes, computed once per process, in about half a second."""
    names, towns = _read_towns()
    cells = _inset(_nearest(towns))
    shapes = []
    for code in sorted({code for code, _ in towns}):
        rings = [
            [point for arc in _arcs(ring, cells) for point in _smooth(arc)[:-1]]
            for ring in _rings(cells, code)
        ]
        middle = [point for owner, point in towns if owner == code]
        shapes.append(
            DepartmentShape(
                code=code,
                path="".join(_path(ring) + "Z" for ring in rings if len(ring) > 12),
                x=round(sum(x for x, _ in middle) / len(middle), 1),
                y=round(sum(y for _, y in middle) / len(middle), 1),
            )
        )
    coast = _coast(cells)
    north, south = ([project(*place) for place in side] for side in (_BEYOND_NORTH, _BEYOND_SOUTH))
    return RegionShapes(
        departments=tuple(shapes),
        coast=_path(coast),
        sea=_path([*north, *coast, *south]) + "Z",
        rivers=tuple(_course(river, names) for river in _RIVERS),
        estuary=_course(_ESTUARY, names),
        graticule=tuple(_graticule()),
    )


def _read_towns() -> tuple[dict[str, Point], list[tuple[str, Point]]]:
    """The place of a town by its name (of the largest, when several share it); department and place of all."""
    source = files("config") / "data" / "communes_nouvelle_aquitaine.csv"
    rows = list(csv.DictReader(source.read_text("utf-8").splitlines()))
    rows.sort(key=lambda row: int(row["population"] or 0))
    towns = [(row["departement"], project(float(row["lat"]), float(row["lon"]))) for row in rows]
    return {row["nom"]: place for row, (_, place) in zip(rows, towns, strict=True)}, towns


def _nearest(towns: Iterable[tuple[str, Point]]) -> Cells:
    """The department of the nearest town hall, for every cell that has one within reach."""
    columns, rows = int(WIDTH / _CELL), int(HEIGHT / _CELL)
    disc = [
        (dx + dy * columns, dx + 0.5, dy + 0.5)
        for dx in range(-_REACH, _REACH + 1)
        for dy in range(-_REACH, _REACH + 1)
        if dx * dx + dy * dy <= _REACH * _REACH
    ]
    # Flat lists and not a dict by cell: this loop turns half a million times.
    nearest = [math.inf] * (columns * rows)
    owners = [""] * (columns * rows)
    for code, (x, y) in towns:
        east, column = math.modf(x / _CELL)
        south, row = math.modf(y / _CELL)
        here = int(column) + int(row) * columns
        for step, dx, dy in disc:
            far = (dx - east) ** 2 + (dy - south) ** 2
            if far < nearest[here + step]:
                nearest[here + step] = far
                owners[here + step] = code
    return {(at % columns, at // columns): code for at, code in enumerate(owners) if code}


def _inset(cells: Cells) -> Cells:
    """Takes cells off along the edge, by four neighbours then by eight in turn, which keeps corners round."""
    cross = ((1, 0), (-1, 0), (0, 1), (0, -1))
    square = (*cross, (1, 1), (1, -1), (-1, 1), (-1, -1))
    for turn in range(_INSET):
        near = square if turn % 2 else cross
        cells = {
            (x, y): code
            for (x, y), code in cells.items()
            if all((x + dx, y + dy) in cells for dx, dy in near)
        }
    return cells


def _rings(cells: Cells, code: str) -> Iterator[list[Corner]]:
    """The closed outlines of a department, corner by corner, the department always on the same hand."""
    steps: dict[Corner, list[Corner]] = defaultdict(list)
    for (x, y), owner in cells.items():
        if owner != code:
            continue
        if cells.get((x, y - 1)) != code:
            steps[x, y].append((x + 1, y))
        if cells.get((x + 1, y)) != code:
            steps[x + 1, y].append((x + 1, y + 1))
        if cells.get((x, y + 1)) != code:
            steps[x + 1, y + 1].append((x, y + 1))
        if cells.get((x - 1, y)) != code:
            steps[x, y + 1].append((x, y))
    while steps:
        start = at = next(iter(steps))
        ring = []
        while True:
            ring.append(at)
            following = steps[at]
            at = following.pop()
            if not following:
                del steps[ring[-1]]
            if at == start:
                break
        yield ring


def _arcs(ring: Sequence[Corner], cells: Cells) -> Iterator[tuple[Corner, ...]]:
    """A ring cut where three owners meet: each piece is the whole border between two of them."""
    knots = [index for index, corner in enumerate(ring) if len(_owners(corner, cells)) > 2]
    if not knots:
        first = ring.index(min(ring))
        yield (*ring[first:], *ring[:first], ring[first])
        return
    turned = [*ring[knots[0] :], *ring[: knots[0]], ring[knots[0]]]
    cuts = [index - knots[0] for index in knots] + [len(ring)]
    for begin, end in pairwise(cuts):
        yield tuple(turned[begin : end + 1])


def _owners(corner: Corner, cells: Cells) -> set[str | None]:
    x, y = corner
    return {cells.get((x + dx, y + dy)) for dx in (-1, 0) for dy in (-1, 0)}


def _smooth(arc: tuple[Corner, ...]) -> list[Point]:
    """The arc in the drawing's units, its stairs averaged away between its fixed ends, then thinned.

    Read backwards it gives the same points backwards: the two departments of a border share it.
    """
    forth = min(arc, arc[::-1])
    points = [(x * _CELL, y * _CELL) for x, y in forth]
    for _ in range(_PASSES):
        points = [
            points[0],
            *(
                ((a[0] + 2 * b[0] + c[0]) / 4, (a[1] + 2 * b[1] + c[1]) / 4)
                for a, b, c in zip(points, points[1:], points[2:], strict=False)
            ),
            points[-1],
        ]
    points = _thin(points)
    return points if forth == arc else points[::-1]


def _thin(points: list[Point]) -> list[Point]:
    """Fewer points, none of those left out farther than `_TOLERANCE` from the line (Douglas and Peucker)."""
    (ax, ay), (bx, by) = points[0], points[-1]
    long = math.hypot(bx - ax, by - ay)
    worst, where = 0.0, 0
    for index, (x, y) in enumerate(points[1:-1], start=1):
        if long:
            far = abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / long
        else:
            far = math.hypot(x - ax, y - ay)
        if far > worst:
            worst, where = far, index
    if worst <= _TOLERANCE:
        return [points[0], points[-1]]
    return _thin(points[: where + 1])[:-1] + _thin(points[where:])


def _coast(cells: Cells) -> list[Point]:
    """The western edge between Vendée and Spain, from north to south: the first cell of each row."""
    top = int(project(_VENDEE, _WEST)[1] / _CELL)
    bottom = int(project(_SPAIN, _WEST)[1] / _CELL)
    edge: dict[int, int] = {}
    for column, row in cells:
        if top <= row <= bottom:
            edge[row] = min(column, edge.get(row, column))
    return _smooth(tuple((edge[row], row) for row in sorted(edge)))


def _graticule() -> Iterator[str]:
    """Parallels and meridians, one a degree."""
    for lat in range(43, 48):
        y = round(project(lat, 0)[1], 1)
        yield f"M0 {y}H{WIDTH}"
    for lon in range(-2, 4):
        x = round(project(0, lon)[0], 1)
        yield f"M{x} 0V{HEIGHT}"


def _course(stops: Iterable[str | Point], names: Mapping[str, Point]) -> str:
    """A river along its stops, with its bends rounded (Chaikin)."""
    points = [names[stop] if isinstance(stop, str) else project(*stop) for stop in stops]
    for _ in range(3):
        cut = [
            ((a[0] * near + b[0] * (1 - near)), (a[1] * near + b[1] * (1 - near)))
            for a, b in pairwise(points)
            for near in (0.75, 0.25)
        ]
        points = [points[0], *cut, points[-1]]
    return _path(points)


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in points)
