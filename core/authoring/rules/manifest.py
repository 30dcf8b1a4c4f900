"""Its manifest tells the whole truth."""

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """What the manifest leaves out."""
    manifest = subject.manifest
    if manifest is None or subject.record.state != "loaded":
        return
    for kind in sorted(subject.kinds - set(manifest.capabilities)):
        yield f"plugin.toml: add {kind!r} to capabilities, since it is registered"
    if "personal_data" in subject.kinds and manifest.personal_data != "stored":
        yield "plugin.toml: personal_data = 'stored', since register_personal_data takes it out"
    if not any(bound.operator in {"<", "<=", "==", "~="} for bound in SpecifierSet(manifest.api)):
        yield f"plugin.toml: api = {manifest.api!r} has no end; write >=1.0,<2"
    if manifest.tables != bool(subject.migrations):
        yield f"plugin.toml: tables = {str(bool(subject.migrations)).lower()}, by what is in migrations/"


RULE = Rule(
    id="manifest",
    level="bronze",
    title="Its manifest is whole",
    reason="The coordination decides by the manifest, before a line of the plugin has run.",
    find=find,
)
