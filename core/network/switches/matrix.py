"""Structures × plugins as a table, one structure's plugins as a list, one cell closely. A fixed number of queries each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.contracts.context import StructureRef
from core.extension.activation import PluginFacts, Switch
from core.network.switches import rules
from core.network.switches.rules import Cell, Feature
from core.platform import Platform

Kind = Literal["", "on", "off", "wrong"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A structure and its cells, in the order of the features."""

    structure: StructureRef
    cells: Sequence[Cell]

    @property
    def on_count(self) -> int:
        """How many are on."""
        return sum(cell.activity.on for cell in self.cells)

    @property
    def wrong_count(self) -> int:
        """How many are off against somebody's wish."""
        return sum(cell.is_wrong for cell in self.cells)


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may see of structures × plugins; `structures` and `plugins` count what is there before the filters."""

    features: Sequence[Feature]
    rows: Sequence[Row]
    structures: int
    plugins: int


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: words of a structure's name, a department, a plugin, a state, only what differs from the rule."""

    text: str = ""
    department: str = ""
    plugin_id: str = ""
    state: Kind = ""
    only_differences: bool = False


class SwitchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A switch as it was last turned, and by whom; nothing for one that nobody touched."""

    state: Switch = "unset"
    at: datetime | None = None
    who: str | None = None
    reason: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in one structure with what it was decided from."""

    feature: Feature
    cell: Cell
    facts: PluginFacts
    switch: SwitchRow
    rule: SwitchRow
    """Of the region's rule only `at` and `who`, when the coordination changed it."""
    has_own_settings: bool


async def read_matrix(
    platform: Platform, user: CurrentUser, filters: Filters | None = None
) -> Matrix:
    """The table that the user may see, filtered."""
    wanted = filters or Filters()
    snapshot = await platform.plugins.fresh()
    structures = await rules.visible_structures(platform, user, snapshot)
    ids = [ref.id for ref in structures]
    features = rules.visible_features(platform, user, snapshot, ids)
    shown = [one for one in features if wanted.plugin_id in ("", one.id)]
    words = wanted.text.casefold().split()
    rows = [
        Row(
            structure=ref,
            cells=[rules.cell_of(user, snapshot, feature, ref.id) for feature in shown],
        )
        for ref in structures
        if wanted.department in ("", ref.department)
        and all(word in ref.name.casefold() for word in words)
    ]
    return Matrix(
        features=shown,
        rows=[row for row in rows if _matches(row, wanted)],
        structures=len(structures),
        plugins=len(features),
    )


def _matches(row: Row, filters: Filters) -> bool:
    """Whether a row has a cell of the wanted state that, if asked for, differs from the rule."""
    if not filters.state and not filters.only_differences:
        return True
    return any(
        (not filters.state or _kind(cell) == filters.state)
        and (cell.differs or not filters.only_differences)
        for cell in row.cells
    )


def _kind(cell: Cell) -> Kind:
    return "wrong" if cell.is_wrong else "on" if cell.activity.on else "off"


async def read_structure_features(
    platform: Platform, user: CurrentUser, slug: str
) -> tuple[StructureRef, list[Standing]]:
    """Every plugin of one structure that the user may know of. Raises `NotFound`."""
    snapshot = await platform.plugins.fresh()
    structure = rules.find_structure(user, snapshot, slug)
    features = rules.visible_features(platform, user, snapshot, [structure.id])
    switches = await _switches(platform, structure.id)
    changed = await _rules(platform)
    return structure, [
        Standing(
            feature=feature,
            cell=rules.cell_of(user, snapshot, feature, structure.id),
            facts=snapshot.facts[structure.id][feature.id],
            switch=switches.get(feature.id, SwitchRow()),
            rule=changed.get(feature.id, SwitchRow()),
            has_own_settings=(feature.id, structure.id) in snapshot.settings,
        )
        for feature in features
    ]


async def _switches(platform: Platform, structure_id: UUID) -> dict[str, SwitchRow]:
    rows = await platform.db.fetch(
        "SELECT s.plugin, s.state, s.changed_at AS at, c.name AS who, s.reason FROM plugin_switch s"
        " LEFT JOIN account c ON c.id = s.changed_by WHERE s.structure = $1",
        structure_id,
    )
    return {
        row["plugin"]: SwitchRow(
            state=row["state"], at=row["at"], who=row["who"], reason=row["reason"]
        )
        for row in rows
    }


async def _rules(platform: Platform) -> dict[str, SwitchRow]:
    rows = await platform.db.fetch(
        "SELECT p.plugin, p.changed_at AS at, c.name AS who FROM plugin_policy p"
        " LEFT JOIN account c ON c.id = p.changed_by"
    )
    return {row["plugin"]: SwitchRow(at=row["at"], who=row["who"]) for row in rows}
