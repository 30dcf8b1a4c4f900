"""Gathers the texts of one folder (`core` or `plugins/<id>`) into its English catalogue, and compiles it.

`python -m tests.messages core`. French is the source: a text without translation stays French, and a test refuses it.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

UNDATED = datetime(2026, 1, 1, tzinfo=UTC)  # so that the file changes with its texts only
ROOT = Path(__file__).parents[1]
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
OPTIONS = {
    pattern: {"newstyle_gettext": "true", "silent": "false"}
    for pattern, method in METHODS
    if method == "jinja2"
}


def source_catalog(folder: Path) -> Catalog:
    """Every text of the folder, without translation."""
    catalog = Catalog(locale="en", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(folder), METHODS, OPTIONS, directory_filter=lambda path: Path(path).name != "tests"
    )
    for filename, _line, message, _comments, context in found:
        catalog.add(message, None, [(filename, 0)], context=context)
    return catalog


def po_path(folder: Path) -> Path:
    """Where the English catalogue of a folder is kept."""
    return folder / "locale" / "en" / "LC_MESSAGES" / "messages.po"


def read_catalog(folder: Path) -> Catalog:
    """The English catalogue of a folder; empty when there is none."""
    path = po_path(folder)
    if not path.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as a .mo file."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def untranslated(folder: Path) -> list[str]:
    """The texts of a folder that have no English."""
    known = read_catalog(folder)
    missing = []
    for message in source_catalog(folder):
        if not message.id:
            continue
        found = known.get(message.id)
        strings = found.string if found is not None else ""
        parts = strings if isinstance(strings, (tuple, list)) else [strings]
        if not all(parts) or not parts:
            missing.append(str(message.id))
    return missing


def main(folder: Path) -> None:
    """Updates and compiles the catalogue of a folder."""
    source = source_catalog(folder)
    if not [message for message in source if message.id]:
        return
    catalog = read_catalog(folder)
    catalog.update(source, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = UNDATED
    catalog.header_comment = (
        "# The English of So Mobilité; `make messages` keeps it in step with the source."
    )
    path = po_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, width=0)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    sys.stdout.write(f"{folder.relative_to(ROOT)}: {len(untranslated(folder))} to translate\n")


if __name__ == "__main__":
    main((ROOT / sys.argv[1]).resolve())
