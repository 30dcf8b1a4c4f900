"""What the rules look at: a plugin's files, and the plugin as it was loaded."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from core.extension.board import KINDS, Board, PluginRecord


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A Python file of the plugin, read and parsed."""

    path: Path
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        """Where something is, for a message."""
        return f"{self.path.name}:{getattr(node, 'lineno', 1)}"


class Subject:
    """One plugin under examination. Nothing of it is run here: `board` is what came of loading it."""

    def __init__(self, board: Board, plugin_id: str) -> None:
        self.id = plugin_id
        self.board = board
        self.record: PluginRecord = board.plugins[plugin_id]
        self.folder = self.record.candidate.folder
        self.manifest = self.record.manifest

    @cached_property
    def sources(self) -> list[Source]:
        """Its own modules, without the tests."""
        return [_read(path) for path in self._python() if "tests" not in self._parts(path)]

    @cached_property
    def tests(self) -> list[Source]:
        """Its tests, wherever in its folder."""
        return [_read(path) for path in self._python() if "tests" in self._parts(path)]

    @cached_property
    def readme(self) -> str:
        """Its README, empty when there is none."""
        path = self.folder / "README.md"
        return path.read_text("utf-8") if path.is_file() else ""

    @cached_property
    def templates(self) -> Mapping[str, str]:
        """The source of each page, by its name."""
        root = self.folder / "templates"
        return {
            str(path.relative_to(root)): path.read_text("utf-8")
            for path in sorted(root.rglob("*.html"))
        }

    @cached_property
    def migrations(self) -> Mapping[str, str]:
        """The SQL of each migration, by its name, without comments."""
        return {
            path.name: "\n".join(
                line.partition("--")[0] for line in path.read_text("utf-8").splitlines()
            )
            for path in sorted((self.folder / "migrations").glob("*.sql"))
        }

    @cached_property
    def kinds(self) -> frozenset[str]:
        """What it registers."""
        kinds = {
            kind
            for kind in KINDS
            if any(owned.plugin_id == self.id for owned in self.board.owned[kind])
        }
        return frozenset(kinds | ({"settings"} if self.record.settings is not None else set()))

    def nodes(self) -> Iterator[tuple[Source, ast.AST]]:
        """Every node of every module of its own."""
        for source in self.sources:
            for node in ast.walk(source.tree):
                yield source, node

    def imports(self) -> Iterator[tuple[Source, ast.AST, str]]:
        """Every module that it imports from elsewhere, by its whole name."""
        for source, node in self.nodes():
            if isinstance(node, ast.Import):
                yield from ((source, node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield source, node, node.module or ""

    def _python(self) -> list[Path]:
        return sorted(self.folder.rglob("*.py"))

    def _parts(self, path: Path) -> tuple[str, ...]:
        return path.relative_to(self.folder).parts


def _read(path: Path) -> Source:
    return Source(path=path, tree=ast.parse(path.read_text("utf-8"), str(path)))


def called(node: ast.Call) -> str:
    """The dotted name of what is called, as far as it is one: `os._exit`."""
    names = []
    function: ast.AST = node.func
    while isinstance(function, ast.Attribute):
        names.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        names.append(function.id)
    return ".".join(reversed(names))
