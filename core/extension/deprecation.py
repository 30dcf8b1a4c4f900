"""Which deprecated things a loaded plugin uses, as far as what it registered shows; `plugin check` reads its code besides."""

from collections.abc import Iterator
from typing import Any

import msgspec

from core.extension.board import KINDS, Board, PluginRecord


def deprecated_uses(board: Board, record: PluginRecord) -> list[str]:
    """What it should stop using, each with what to use instead; in the order of the announcements."""
    used = {*record.hooks, *_members(board, record)}
    return [announced.said(name) for name, announced in board.deprecated.items() if name in used]


def _members(board: Board, record: PluginRecord) -> Iterator[str]:
    """`Type.member` for each member that something of the plugin has of its own."""
    items: list[tuple[type[Any], Any]] = [
        (KINDS[kind], owned.item)
        for kind, registered in board.owned.items()
        for owned in registered
        if owned.plugin_id == record.id
    ]
    if record.settings is not None:
        items.append((type(record.settings), record.settings))
    for wanted, item in items:
        for name in board.deprecated:
            kind, _, member = name.partition(".")
            if kind == wanted.__name__ and member and _has_own(wanted, item, member):
                yield name


def _has_own(wanted: type[Any], item: Any, member: str) -> bool:
    """Whether a Struct says something else than the default, or an object has the member at all."""
    if not issubclass(wanted, msgspec.Struct):
        return hasattr(item, member)
    (field,) = [one for one in msgspec.structs.fields(wanted) if one.name == member]
    made = field.default_factory is not msgspec.NODEFAULT
    default = field.default_factory() if made else field.default
    return field.required or getattr(item, member) != default
