"""Its tests include the platform's own."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """No `PluginContract`, no promise."""
    if "PluginContract" not in contracts_of(subject):
        yield f'a test is missing: class TestPlugin(PluginContract): plugin_id = "{subject.id}"'


def contracts_of(subject: Subject) -> set[str]:
    """The names of the contract classes that its tests subclass."""
    return {
        base.id
        for source in subject.tests
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id.endswith("Contract")
    }


RULE = Rule(
    id="tested",
    level="bronze",
    title="Its tests include PluginContract",
    reason="One class tells whether the plugin as a whole may be switched on; it runs these very rules.",
    find=find,
)
