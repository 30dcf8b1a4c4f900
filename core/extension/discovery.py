"""Finding plugins: folders of `plugins/`, and installed packages with an entry point `somobilite.plugins`.

Nothing is imported here: a package's `plugin.toml` is found through its module spec.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import msgspec

from core.errors import PluginError
from core.extension.manifest import Manifest, read_manifest

ENTRY_POINT_GROUP = "somobilite.plugins"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that was found: where it is, and its manifest or why that cannot be read."""

    id: str
    module: str
    folder: Path
    origin: str
    manifest: Manifest | None = None
    problem: str = ""


def bundled_folder() -> Path:
    """The `plugins` package that travels with the platform."""
    return Path(str(files("plugins")))


def join_plugins(folder: Path) -> Path:
    """Makes the plugins of another folder importable as `plugins.<id>`, and returns it, for `discover`.

    Raises `PluginError` when there is no such folder, or it has another name than `plugins`.
    """
    whole = folder.resolve()
    if not whole.is_dir() or whole.name != "plugins":
        raise PluginError(f"{folder}: a folder named `plugins` is needed")
    path = import_module("plugins").__path__
    if str(whole) not in path:
        path.append(str(whole))
    return whole


def discover(folders: Sequence[Path] = ()) -> list[Candidate]:
    """Every plugin of `plugins/` and of the entry points, by id. The first of two equal ids wins, the second is a problem."""
    found: dict[str, Candidate] = {}
    for candidate in [*_bundled([bundled_folder(), *folders]), *_installed()]:
        if candidate.id in found:
            other = found[candidate.id]
            twin = f"{candidate.id}@{candidate.origin}"
            found[twin] = msgspec.structs.replace(
                candidate, manifest=None, problem=f"the id is taken by {other.origin}"
            )
        else:
            found[candidate.id] = candidate
    return sorted(found.values(), key=lambda candidate: candidate.id)


def _bundled(folders: Sequence[Path]) -> list[Candidate]:
    return [
        _candidate(path.parent.name, f"{root.name}.{path.parent.name}", path.parent, str(root.name))
        for root in folders
        for path in sorted(root.glob("*/plugin.toml"))
    ]


def _installed() -> list[Candidate]:
    candidates = []
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        origin = entry.dist.name if entry.dist is not None else entry.value
        spec = find_spec(entry.value.partition(":")[0])
        if spec is None or spec.origin is None:
            candidates.append(
                Candidate(
                    id=entry.name,
                    module=entry.value,
                    folder=Path(),
                    origin=origin,
                    problem=f"module {entry.value} cannot be found",
                )
            )
        else:
            candidates.append(_candidate(entry.name, entry.value, Path(spec.origin).parent, origin))
    return candidates


def candidate_at(folder: Path, *, module: str, origin: str) -> Candidate:
    """The plugin in a folder, to be imported as `module`: with its manifest, or with why that cannot be read."""
    return _candidate(folder.name, module, folder, origin)


def _candidate(plugin_id: str, module: str, folder: Path, origin: str) -> Candidate:
    try:
        manifest = read_manifest(folder / "plugin.toml", expected_id=plugin_id)
    except PluginError as error:
        return Candidate(
            id=plugin_id, module=module, folder=folder, origin=origin, problem=str(error)
        )
    return Candidate(id=plugin_id, module=module, folder=folder, origin=origin, manifest=manifest)
