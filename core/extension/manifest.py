"""`plugin.toml`: what a plugin is, read without importing it, so that a broken one is still listed and explained."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from core.errors import PluginError
from core.extension.markers import API_VERSION


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `plugin.toml`. `id` is the folder's name and the entry point's."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,39}$")]
    name: Annotated[str, Meta(min_length=1)]
    summary: Annotated[str, Meta(min_length=1)]
    version: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+")]
    api: str = ">=1.0,<2"
    scope: Literal["core", "region", "structure"] = "structure"
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    personal_data: Literal["none", "stored", "transmitted"] = "none"
    outbound_hosts: tuple[str, ...] = ()
    tables: bool = False
    owners: tuple[str, ...] = ()


def read_manifest(path: Path, *, expected_id: str) -> Manifest:
    """The manifest at `path`. Raises `PluginError` saying which line to mend."""
    try:
        manifest = msgspec.toml.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise PluginError(f"{path}: {error}") from error
    if manifest.id != expected_id:
        raise PluginError(
            f"{path}: id is {manifest.id!r} but the folder or entry point is {expected_id!r}; make them equal"
        )
    return manifest


def api_matches(wanted: str, version: tuple[int, int] = API_VERSION) -> bool:
    """Whether our API `version` satisfies a range such as `>=1.0,<2`. Raises `PluginError` on nonsense."""
    try:
        return Version(".".join(map(str, version))) in SpecifierSet(wanted)
    except InvalidSpecifier as error:
        raise PluginError(f"api range {wanted!r} cannot be read; write it as >=1.0,<2") from error
