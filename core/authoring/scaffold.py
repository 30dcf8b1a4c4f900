"""Writes a new plugin: a folder of `plugins/`, or a package of its own. Whole, tested, in both languages, and never over something else."""

import keyword
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from core.authoring.english import update
from core.authoring.parts import Part
from core.errors import SettingsError
from core.extension.discovery import bundled_folder

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_WIDTH = 100
_TEMPLATES = Path(__file__).parent / "templates"
_RESERVED = frozenset({"core", "plugins", "config", "hookspecs", "tests"})


def check_name(name: str) -> str:
    """The name of a plugin, when it can be one. Raises `SettingsError` saying what a good one would be."""
    if not _NAME.fullmatch(name):
        better = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_").lstrip("0123456789_")[:40]
        hint = f"; {better!r} would do" if _NAME.fullmatch(better) else ""
        raise SettingsError(
            f"{name!r} cannot be a plugin's name: 2 to 40 of a-z, 0-9 and _, a letter first{hint}"
        )
    if keyword.iskeyword(name) or name in _RESERVED or name in sys.stdlib_module_names:
        raise SettingsError(f"{name!r} is taken by Python or by the platform: choose another name")
    if (bundled_folder() / name / "plugin.toml").exists():
        raise SettingsError(f"{name!r} is a plugin that exists already: choose another name")
    return name


def write_plugin(name: str, parts: Sequence[Part], folder: Path, *, package: bool = False) -> Path:
    """Writes the plugin into `folder`/`name` and returns that. As a package it has a project around it.

    Raises `SettingsError` when the name cannot be, or something is there already: nothing is ever overwritten.
    """
    check_name(name)
    target = folder / name
    if target.exists():
        raise SettingsError(f"{target} is there already: move it away, or choose another name")
    home = target / name if package else target
    values = _values(name, parts, package=package)
    files = {home / path: text for path, text in _files(parts, values).items()}
    if package:
        files[target / "pyproject.toml"] = _render("pyproject.toml", values)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    update(home, _english(values["title"]))
    return target


def _files(parts: Sequence[Part], values: dict[str, Any]) -> dict[str, str]:
    files = {
        "plugin.toml": _render("plugin.toml", values),
        "__init__.py": _render("init.py", values),
        "README.md": _render("README.md", values),
        "tests/__init__.py": "",
        "tests/test_contract.py": _render("contract.py", values),
    }
    migrations = 0
    for part in parts:
        files[f"{part.module}.py"] = _render(f"parts/{part.name}.py", values)
        for template, where in part.files.items():
            folder, name = where.split("/")
            if folder == "migrations":
                migrations += 1
                name = f"{migrations:04}_{name}"
            files[f"{folder}/{name}"] = _render(template, values)
    return files


def _english(title: str) -> dict[str, str]:
    """The English of what the templates say, the manifest included."""
    known: dict[str, str] = tomllib.loads((_TEMPLATES / "english.toml").read_text("utf-8"))
    return {
        **known,
        title: title,
        f"Ce que {title} apporte, en une phrase pour la coordination.": (
            f"What {title} brings, in a sentence for the coordination."
        ),
    }


def _values(name: str, parts: Sequence[Part], *, package: bool) -> dict[str, Any]:
    module = name if package else f"plugins.{name}"
    own_modules = sorted({(part.module, part.item) for part in parts})
    contracts = {part.contract for part in parts if part.contract} | {"PluginContract"}
    tested = [part for part in parts if part.contract]
    imports = {
        "core.testing.contracts": contracts,
        **{f"{module}.{part.module}": {part.item, *part.test_names} for part in tested},
    }
    listed = [part for part in parts if part.kind != "settings"]
    keeps = any(where.startswith("migrations/") for part in parts for where in part.files.values())
    return {
        "id": name,
        "title": name.replace("_", " ").capitalize(),
        "parts": {part.name for part in parts},
        "chosen": parts,
        "kinds": list(dict.fromkeys(part.kind for part in parts)),
        "lists": bool(listed),
        "keeps": keeps,
        "hooks": _hooks(parts),
        "hook_import": import_line("hookspecs", {part.returns for part in parts} | {"hookimpl"}),
        "own_imports": "\n".join(import_line(f".{one}", {item}) for one, item in own_modules),
        "imports": "\n".join(import_line(where, names) for where, names in sorted(imports.items())),
        "tested": [part for part in tested if part.makes],
        "tested_specs": [part for part in tested if not part.makes],
        "target": name if package else f"plugins/{name}",
        "test_path": name if package else f"plugins/{name}",
    }


def _hooks(parts: Sequence[Part]) -> list[dict[str, str]]:
    """The hooks of `__init__.py`; parts of one kind share one."""
    hooks = []
    for kind in dict.fromkeys(part.kind for part in parts):
        alike = [part for part in parts if part.kind == kind]
        single = kind == "settings"
        answer = ", ".join(part.made for part in alike)
        hooks.append(
            {
                "kind": kind,
                "returns": alike[0].returns if single else f"Sequence[{alike[0].returns}]",
                "says": alike[0].says,
                "answer": answer if single else f"[{answer}]",
            }
        )
    return hooks


def import_line(module: str, names: set[str]) -> str:
    """An import as the formatter and the sorter of imports want it: constants, classes, functions."""
    ordered = sorted(names, key=lambda one: (not one.isupper(), one[0].islower(), one))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {one},\n" for one in ordered) + ")"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=False,  # noqa: S701 - what is written is Python and TOML, from our own templates
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def _render(template: str, values: dict[str, Any]) -> str:
    return _ENVIRONMENT.get_template(f"{template}.jinja").render(values)
