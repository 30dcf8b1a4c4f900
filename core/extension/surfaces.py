"""What a plugin adds, in words: read from the board, so that nothing that is registered can be forgotten."""

from typing import Any

import msgspec

from core.extension.board import Board


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """One registered thing: its kind (the name of the hook without `register_`), its owner, and how it is called."""

    kind: str
    plugin_id: str
    label: str


def surfaces_of(board: Board, plugin_id: str) -> list[Surface]:
    """All that a plugin registered, by kind then name; what has no name of its own is told by its kind alone."""
    found = sorted(
        (kind, label_of(owned.item))
        for kind, registered in board.owned.items()
        for owned in registered
        if owned.plugin_id == plugin_id
    )
    return [Surface(kind=kind, plugin_id=plugin_id, label=label) for kind, label in found]


def label_of(item: Any) -> str:
    """How a registered object calls itself: its label, or nothing that a person would read."""
    label = getattr(item, "label", "")
    return label if isinstance(label, str) else ""
