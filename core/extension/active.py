"""Which registered objects count for a structure: worked out once a revision, then one look-up, however many plugins there are."""

from typing import TypeVar
from uuid import UUID

from core.extension.board import Board, Owned, Registered
from core.extension.state import Snapshot

T = TypeVar("T")


def active(
    board: Board, snapshot: Snapshot, kind: Registered[T], structure_id: UUID | None
) -> tuple[Owned[T], ...]:
    """The objects of a kind (`Board.booking_rules`) whose plugin is on for the structure; without one, on somewhere."""
    try:
        return snapshot.chosen[kind][structure_id]
    except KeyError:
        return _choose(board, snapshot, kind, structure_id)


def _choose(
    board: Board, snapshot: Snapshot, kind: Registered[T], structure_id: UUID | None
) -> tuple[Owned[T], ...]:
    found = tuple(
        owned
        for owned in kind.of(board)
        if (
            snapshot.on_somewhere(owned.plugin_id)
            if structure_id is None
            else snapshot.is_on(owned.plugin_id, structure_id)
        )
    )
    snapshot.chosen.setdefault(kind, {})[structure_id] = found
    return found
