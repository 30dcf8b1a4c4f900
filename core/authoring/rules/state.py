"""It keeps nothing in the module."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_EMPTY = {"dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter"}


def find(subject: Subject) -> Iterator[str]:
    """`global`, and containers of a module that begin empty: they can only be meant to be filled."""
    for source, node in subject.nodes():
        if isinstance(node, ast.Global):
            yield f"{source.at(node)} says global: keep it in the database, or in the snapshot's memory"
    for source in subject.sources:
        for statement in source.tree.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _is_empty(statement.value):
                yield f"{source.at(statement)}: an empty container of the module would be shared by every structure"


def _is_empty(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, (ast.List, ast.Set)):
        return not value.elts
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in _EMPTY
        and not value.args
    )


RULE = Rule(
    id="state",
    level="gold",
    title="It keeps nothing in its modules",
    reason="What a module remembers leaks from one structure to another, and differs from one process to the next.",
    find=find,
)
