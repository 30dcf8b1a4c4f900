import re

import pytest

from core.catalogue import taxonomy
from core.web.region_map import HEIGHT, WIDTH, project, region

TWELVE = ["16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"]


def points(path: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def inside(point: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    x, y = point
    crossings = 0
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossings += 1
    return crossings % 2 == 1


def department_at(lat: float, lon: float) -> str:
    return next(
        (
            shape.code
            for shape in region().departments
            if inside(project(lat, lon), points(shape.path))
        ),
        "",
    )


def test_the_twelve_departments_are_drawn_each_in_one_piece():
    assert [shape.code for shape in region().departments] == TWELVE
    assert [code for code, _ in taxonomy.options("departments")] == TWELVE
    assert all(shape.path.count("M") == 1 for shape in region().departments)


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (44.84, -0.58, "33"),
        (46.16, -1.15, "17"),
        (45.65, 0.16, "16"),
        (45.83, 1.26, "87"),
        (46.17, 1.87, "23"),
        (45.16, 1.53, "19"),
        (45.19, 0.72, "24"),
        (44.2, 0.62, "47"),
        (43.89, -0.5, "40"),
        (43.3, -0.37, "64"),
        (46.32, -0.46, "79"),
        (46.58, 0.34, "86"),
    ],
)
def test_each_capital_lies_in_its_department(lat, lon, code):
    assert department_at(lat, lon) == code


def test_the_sea_and_the_neighbours_belong_to_nobody():
    assert department_at(44.6, -1.9) == ""
    assert department_at(43.6, 1.44) == ""
    assert inside(project(44.6, -1.9), points(region().sea))
    assert not inside(project(44.84, -0.58), points(region().sea))


def test_everything_fits_the_frame():
    for shape in region().departments:
        assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points(shape.path))
        assert inside((shape.x, shape.y), points(shape.path))


def test_neighbours_share_their_border_point_by_point():
    shapes = {shape.code: set(points(shape.path)) for shape in region().departments}
    assert len(shapes["33"] & shapes["40"]) > 5
    assert len(shapes["24"] & shapes["47"]) > 5
    assert not shapes["64"] & shapes["86"]
