"""The documentation as it is read by tests: its samples, put together as the plugins that they are."""

import re
import subprocess
import sys
from pathlib import Path

from core.authoring.english import update

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_SAMPLE = re.compile(r'^```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.M | re.S)


def pages() -> dict[str, str]:
    """Every page, by its name."""
    return {path.name: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}


def samples() -> dict[str, str]:
    """Every sample that has a file name, by that name."""
    found = {}
    for text in pages().values():
        for sample in _SAMPLE.finditer(text):
            assert sample["path"] not in found, f"{sample['path']} is written twice"
            found[sample["path"]] = sample["text"]
    return found


def assemble(folder: Path) -> Path:
    """Writes the samples into `folder` and compiles their English; returns its `plugins`."""
    for name, text in samples().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if path.parent.name == "tests":
            (path.parent / "__init__.py").touch()
    for plugin in (folder / "plugins").iterdir():
        assert update(plugin) == [], plugin.name
    return folder / "plugins"


def ruff(folder: Path, *words: str) -> str:
    """What ruff has to say of a folder; nothing when all is well."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *words, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""
