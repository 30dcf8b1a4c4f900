"""How good a plugin is: every rule, and the level that follows."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

import hookspecs
from core import builtin
from core.authoring.rule import LEVELS, Level, Rule
from core.authoring.rules import RULES
from core.authoring.subject import Subject
from core.errors import SettingsError
from core.extension.board import Board
from core.extension.discovery import Candidate, candidate_at, discover, join_plugins
from core.extension.loading import build_board
from core.extension.manifest import read_manifest
from core.extension.mounting import Preflight


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and what is not as it says; nothing where it is kept."""

    rule: Rule
    problems: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule on one plugin. `level` is the highest of which all rules are kept, and of those below."""

    plugin_id: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level | None:
        """None when not even bronze is reached."""
        reached: Level | None = None
        for level in LEVELS:
            if self.missing(level):
                break
            reached = level
        return reached

    def missing(self, level: Level) -> list[Finding]:
        """The rules of one level that are not kept."""
        return [one for one in self.findings if one.rule.level == level and one.problems]


def find_candidate(target: str) -> Candidate:
    """The plugin of an id, or at a path: its own folder, or the project around it.

    Raises `SettingsError` when there is none. A plugin at a path becomes importable.
    """
    path = Path(target)
    if path.is_dir():
        return _candidate_in(path.resolve())
    found = {candidate.id: candidate for candidate in discover()}
    if target in found:
        return found[target]
    raise SettingsError(f"{target!r} is neither a folder nor one of: {', '.join(found)}")


def examine(board: Board, plugin_id: str) -> Report:
    """Every rule on a plugin of the board."""
    subject = Subject(board, plugin_id)
    findings = [Finding(rule=rule, problems=tuple(rule.find(subject))) for rule in RULES]
    return Report(plugin_id=plugin_id, findings=tuple(findings))


def board_of(candidates: Sequence[Candidate]) -> Board:
    """The core and these plugins, loaded as a server would."""
    folder = Path(str(builtin.__file__)).parent
    core = read_manifest(folder / "plugin.toml", expected_id="core")
    return build_board(hookspecs, builtin, core, candidates, preflight=Preflight())


def _candidate_in(folder: Path) -> Candidate:
    if not (folder / "plugin.toml").exists():
        inner = [path.parent for path in sorted(folder.glob("*/plugin.toml"))]
        if len(inner) != 1:
            raise SettingsError(f"{folder} holds no plugin.toml, nor does one folder in it")
        folder = inner[0]
    if folder.parent.name == "plugins":
        join_plugins(folder.parent)
        return candidate_at(folder, module=f"plugins.{folder.name}", origin="plugins")
    if str(folder.parent) not in sys.path:
        sys.path.insert(0, str(folder.parent))
    return candidate_at(folder, module=folder.name, origin=str(folder.parent))
