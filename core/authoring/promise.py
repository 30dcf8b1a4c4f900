"""What plugins may rely on, as a list of names: kept for each version of the API, so that nothing of it goes by accident.

`python -m core.authoring.promise tests/authoring/promised` writes the list of the present version.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import hookspecs
from core.contracts.deprecation import Deprecation
from core.contracts.surfaces import PLACES
from core.extension.board import KINDS
from core.extension.manifest import Manifest
from core.extension.overview import PluginLine
from core.testing import contracts

REQUIRED = "required "
"""Before the name of what a plugin must say or have: a new one of these breaks plugins that exist."""


def promised(specs: ModuleType = hookspecs) -> frozenset[str]:
    """Every name that is promised: hooks, types with their members and arguments, places, keys of the manifest and of the plugin
    page's JSON, contract classes.
    """
    return frozenset(_lines(specs))


def path_of(folder: Path, version: tuple[int, int]) -> Path:
    """Where the list of a version is kept."""
    return folder / f"api-{version[0]}.{version[1]}.txt"


def broken(kept: Set[str], present: Set[str]) -> list[str]:
    """What of a kept list is not so any more, and what is asked newly of plugins that exist; nothing when the promise holds."""
    now = {_named(line): line for line in present}
    before = {_named(line) for line in kept}
    found = [f"gone: {line}" for line in kept if not _holds(line, now.get(_named(line)))]
    for name, line in now.items():
        is_asked = line.startswith(REQUIRED) and name.partition(".")[0] in before
        if is_asked and name not in before:
            found.append(f"asked newly: {line}")
    return sorted(found)


def _holds(kept: str, present: str | None) -> bool:
    """Whether what was kept is still so: what had to be said may be left out now, what was called may take more arguments."""
    if present is None or (present.startswith(REQUIRED) and not kept.startswith(REQUIRED)):
        return False
    before, now = (line.partition("(")[2].rstrip(")") for line in (kept, present))
    return now == before or (not kept.startswith(REQUIRED) and now.startswith(before))


def _named(line: str) -> str:
    """The name of a line: without what it asks and takes."""
    return line.removeprefix(REQUIRED).partition("(")[0]


def misannounced(
    announced: Mapping[str, Deprecation], present: Set[str], version: tuple[int, int]
) -> list[str]:
    """What is wrong with announcements: of something that there is not, from the future, or for a version that breaks nothing."""
    names = {_named(line) for line in present}
    found = []
    for name, one in announced.items():
        if name not in names:
            found.append(f"{name}: there is no such thing to announce")
        if one.since > version:
            found.append(f"{name}: announced since {one.since}, and we are at {version}")
        if one.until[0] <= one.since[0] or one.until[1]:
            found.append(f"{name}: it may go in a major version only, not in {one.until}")
        if not one.instead.strip():
            found.append(f"{name}: say what to use instead")
    return found


def _lines(specs: ModuleType) -> Iterator[str]:
    asked = set(KINDS.values())
    for name in specs.__all__:
        yield name
        kind = getattr(specs, name)
        if inspect.isclass(kind) and kind.__module__.startswith("core.contracts."):
            yield from _members(kind, is_asked=kind in asked)
    for name in vars(specs):
        if name.startswith("register_"):
            yield f"{name}()"
    yield from (f"place {place}" for place in PLACES)
    yield from (f"plugin.toml {field.name}" for field in msgspec.structs.fields(Manifest))
    yield from (f"plugins.json {name}" for name in PluginLine.__struct_fields__)
    yield from (f"core.testing.contracts {name}" for name in contracts.__all__)


def _members(kind: type[Any], *, is_asked: bool) -> Iterator[str]:
    """The members of a type; of one that a plugin must write itself, as required."""
    if issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            yield f"{REQUIRED if field.required else ''}{kind.__name__}.{field.name}"
        return
    mark = REQUIRED if is_asked else ""
    properties = [name for name, one in vars(kind).items() if isinstance(one, property)]
    for name in (*inspect.get_annotations(kind), *properties):
        yield f"{mark}{kind.__name__}.{name}"
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            arguments = ", ".join([*inspect.signature(method).parameters][1:])
            yield f"{mark}{kind.__name__}.{name}({arguments})"


def write(folder: Path) -> Path:
    """Writes the list of the present version. Returns where."""
    path = path_of(folder, hookspecs.API_VERSION)
    path.write_text("".join(f"{line}\n" for line in sorted(promised())), "utf-8")
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]))
