"""A fresh environment: it sees the packages of the running one, and has wheels of its own installed. Nothing is downloaded."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.authoring.documents import ROOT


def build_wheel(project: Path, folder: Path) -> Path:
    """The wheel of a project, by hatchling."""
    before = set(folder.glob("*.whl"))
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], project)
    (wheel,) = set(folder.glob("*.whl")) - before
    return wheel


def make_environment(folder: Path, wheels: list[Path]) -> Path:
    """The interpreter of a new environment in which these wheels are installed, beside the platform."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "platform.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", "utf-8")
    words = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", *words, *map(str, wheels)]
    )
    return python


def run(words: list[str], folder: Path | None = None, **environment: str) -> str:
    """What a program says. Raises `AssertionError` with its words when it fails."""
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout
