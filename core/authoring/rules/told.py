"""What it registers says what it promises."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Source, Subject


def find(subject: Subject) -> Iterator[str]:
    """Public modules, classes and functions without a word, or without types."""
    for source in subject.sources:
        if not ast.get_docstring(source.tree):
            yield f"{source.path.name}: say in a docstring what one idea this module holds"
        yield from _silent(source, source.tree.body)


def _silent(source: Source, body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{source.at(node)}: {node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            yield from _silent(source, node.body)
        elif node.returns is None:
            yield f"{source.at(node)}: {node.name} does not say what it returns"


RULE = Rule(
    id="told",
    level="gold",
    title="It says what it promises",
    reason="The next person to read it may be woken at night for it.",
    find=find,
)
