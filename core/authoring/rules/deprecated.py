"""It uses nothing that goes away."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject, called

_HELD_AS = {"Services": "services", "PluginContext": "context"}
"""By what name the objects are at hand of which a plugin reads members, rather than making them."""


def find(subject: Subject) -> Iterator[str]:
    """What is deprecated and registered, imported, said by keyword or read, each with what to use instead."""
    deprecated = subject.board.deprecated
    yield from subject.record.deprecated
    for source, node in subject.nodes():
        for name in {*_named(node)} & set(deprecated):
            found = deprecated[name].said(name)
            if found not in subject.record.deprecated:
                yield f"{source.at(node)}: {found}"


def _named(node: ast.AST) -> Iterator[str]:
    """The names, as `hookspecs.DEPRECATED` has them, that a piece of code may mean."""
    if isinstance(node, ast.ImportFrom) and node.module == "hookspecs":
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Call):
        kind = called(node).rpartition(".")[2]
        yield from (f"{kind}.{keyword.arg}" for keyword in node.keywords)
    elif isinstance(node, ast.Attribute):
        holder = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        holder = node.value.id if isinstance(node.value, ast.Name) else holder
        yield from (f"{kind}.{node.attr}" for kind, name in _HELD_AS.items() if name == holder)


RULE = Rule(
    id="deprecated",
    level="gold",
    title="It uses nothing that goes away",
    reason="What is announced works until the next major version: an afternoon of changes now, or a plugin that is left out then.",
    find=find,
)
