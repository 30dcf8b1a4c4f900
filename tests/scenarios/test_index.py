"""Every fact that the platform must meet is declared by a test, at the head of its name: `test_s03_s04_…`.

To mention a fact in passing declares nothing: a case of a table or a comment credits nobody.
"""

import ast
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
_DECLARED = re.compile(r"^test_((?:[sbnp]\d\d_)+)")


def declared(source):
    """The facts that a module of tests declares, each with the name of the test."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for fact in re.findall(r"\w\d\d", "".join(_DECLARED.findall(node.name))):
                yield fact.upper(), node.name


@pytest.fixture(scope="module")
def tests_of():
    """The tests that declare each fact: ours and those of the bundled plugins."""
    found = {}
    for path in [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/test_*.py")]:
        for fact, name in declared(path.read_text("utf-8")):
            found.setdefault(fact, []).append(f"{path.name}::{name}")
    return found


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_declared_by_a_test(fact, tests_of):
    assert tests_of.get(fact), f"no test declares {fact}"


def test_no_test_declares_a_fact_that_there_is_not(tests_of):
    assert set(tests_of) <= set(FACTS)
    assert len(FACTS) == len(set(FACTS)) == 49


def test_a_mention_declares_nothing():
    said = '''
def test_of_something_else_s02_apart():
    """Not S01, nor s03."""
    assert "S04"  # S05

async def test_s06_s08_of_both(): ...

def helper_s09_(): ...
'''
    assert sorted(declared(said)) == [
        ("S06", "test_s06_s08_of_both"),
        ("S08", "test_s06_s08_of_both"),
    ]
