"""Builds plugin folders for tests, and boards from them."""

import sys
from textwrap import dedent
from uuid import uuid4

import hookspecs
from core import builtin
from core.extension.discovery import _candidate
from core.extension.loading import build_board
from core.extension.manifest import read_manifest
from core.extension.mounting import Preflight
from core.storage.migrate import CORE_FOLDER


class Workshop:
    """A package of its own in a folder of its own: two tests never share a module."""

    def __init__(self, folder, monkeypatch):
        self.package = f"workshop_{uuid4().hex[:8]}"
        self.folder = folder / self.package
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(folder))

    def add(self, plugin_id, code="", **manifest):
        """Writes one plugin; `code` is its module, in which `from hookspecs import *` is done."""
        folder = self.folder / plugin_id
        folder.mkdir()
        values = {
            "id": plugin_id,
            "name": plugin_id,
            "summary": "For a test.",
            "version": "1.0.0",
            **manifest,
        }
        lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
        (folder / "plugin.toml").write_text("\n".join(lines))
        (folder / "__init__.py").write_text("from hookspecs import *\n" + dedent(code))
        return folder

    def candidates(self):
        return [
            _candidate(path.parent.name, f"{self.package}.{path.parent.name}", path.parent, "test")
            for path in sorted(self.folder.glob("*/plugin.toml"))
        ]

    def board(self, **options):
        manifest = read_manifest(CORE_FOLDER.parents[1] / "plugin.toml", expected_id="core")
        return build_board(
            hookspecs, builtin, manifest, self.candidates(), preflight=Preflight(), **options
        )

    def forget(self):
        for name in [name for name in sys.modules if name.startswith(self.package)]:
            del sys.modules[name]


def _toml(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"'
