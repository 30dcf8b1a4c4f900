"""Every fact that the platform must meet is named by a test: `s03` in its name, or `S03` in its words."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTS = [
    "S01",
    "S03",
    "S04",
    "S06",
    "S08",
    "S09",
    "S10",
    "S11",
    "S14",
    "S15",
    "S17",
    "S18",
    "S19",
    "S20",
    "S21",
    "S22",
    "S23",
    "S24",
    "S26",
    "S27",
    "S28",
    "S29",
    "S33",
    "B01",
    "B02",
    "B03",
    "B04",
    "B05",
    "B06",
    "B07",
    "B09",
    "B10",
    "B11",
    "B12",
    "B13",
    "B14",
    "N01",
    "N02",
    "N03",
    "N04",
    "N07",
    "N08",
    "N09",
    "P01",
    "P02",
    "P03",
    "P04",
    "P05",
    "P06",
]
_FUNCTION = re.compile(r"^(?:async )?def (test_\w+)\(.*?(?=^(?:async )?def |\Z)", re.M | re.S)


def facts_of_tests():
    """The facts that tests name, with the tests."""
    found = {}
    for path in [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/test_*.py")]:
        if path == Path(__file__):
            continue
        for function in _FUNCTION.finditer(path.read_text("utf-8")):
            name, body = function[1], function[0]
            ids = {one.upper() for one in re.findall(r"(?<=_)([sbnp]\d\d)(?=_)", name)}
            for one in ids | set(re.findall(r"\b([SBNP]\d\d)\b", body)):
                found.setdefault(one, []).append(f"{path.name}::{name}")
    return found


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_named_by_a_test(fact):
    assert facts_of_tests().get(fact), f"no test names {fact}"
