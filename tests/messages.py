"""Gathers the texts of one folder (`core` or `plugins/<id>`) into its English catalogue, and compiles it.

`python -m tests.messages core`. French is the source: a text without translation stays French, and a test refuses it.
"""

import sys
from pathlib import Path

from babel.messages.pofile import write_po

from core.authoring.english import (
    compiled,
    po_path,
    read_catalog,
    source_catalog,
    untranslated,
    update,
)

__all__ = [
    "ROOT",
    "compiled",
    "po_path",
    "read_catalog",
    "source_catalog",
    "untranslated",
    "write_po",
]
ROOT = Path(__file__).parents[1]
_KEPT_BY = "# The English of So Mobilité; `make messages` keeps it in step with the source."


def main(folder: Path) -> None:
    """Updates and compiles the catalogue of a folder."""
    missing = update(folder, header=_KEPT_BY)
    if po_path(folder).exists():
        sys.stdout.write(f"{folder.relative_to(ROOT)}: {len(missing)} to translate\n")


if __name__ == "__main__":
    main((ROOT / sys.argv[1]).resolve())
