"""A catalogue as the criteria want it: for each criterion, the different facts that it meets, and where each sheet's are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hookspecs import Programme
from plugins.matching_rules.bits import Array
from plugins.matching_rules.criteria import HARD, SOFT
from plugins.matching_rules.criteria.base import Criterion, Facts


class View(NamedTuple):
    """What one criterion sees: the different facts, as told and as columns, and the place of each sheet's among them."""

    facts: Sequence[Facts]
    prepared: Any
    rows: Array
    places: Sequence[int]


class Sheets(NamedTuple):
    """Sheets by id, as seen by each criterion."""

    ids: Sequence[str]
    views: Mapping[str, View]


def compile_sheets(programmes: Sequence[Programme]) -> Sheets:
    """The sheets, in their order."""
    return Sheets(
        ids=[programme.id for programme in programmes],
        views={name: _view(rule, programmes) for name, rule in (*HARD.items(), *SOFT.items())},
    )


def _view(criterion: Criterion, programmes: Sequence[Programme]) -> View:
    known: dict[Facts, int] = {}
    places = [known.setdefault(criterion.facts(programme), len(known)) for programme in programmes]
    facts = list(known)
    return View(facts, criterion.prepare(facts), np.array(places, np.intp), places)
