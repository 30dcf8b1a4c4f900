"""A plugin's texts in English: gathered from its source into `locale/en`, and compiled. French is the source."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)  # so that the file changes with its texts only
_KEPT_BY = "# The texts in English; `somobilite plugin texts` keeps them in step with the source."
_METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]


def po_path(folder: Path) -> Path:
    """Where the English catalogue of a folder is kept."""
    return folder / "locale" / "en" / "LC_MESSAGES" / "messages.po"


def source_catalog(folder: Path, *, is_lenient: bool = False) -> Catalog:
    """Every text of the folder, tests apart, and what a plugin's manifest says to people; without translation.

    Raises `jinja2.TemplateSyntaxError` on a page that cannot be read, unless it `is_lenient`: then its texts are left out.
    """
    catalog = Catalog(locale="en", charset="utf-8", fuzzy=False)
    options = {"newstyle_gettext": "true", "silent": str(is_lenient).lower()}
    found = extract_from_dir(
        str(folder),
        _METHODS,
        {pattern: options for pattern, method in _METHODS if method == "jinja2"},
        directory_filter=lambda path: Path(path).name != "tests",
    )
    for filename, _line, message, _comments, context in found:
        catalog.add(message, None, [(filename, 0)], context=context)
    manifest = folder / "plugin.toml"
    if manifest.exists():
        told = tomllib.loads(manifest.read_text("utf-8"))
        for key in ("name", "summary"):
            catalog.add(told[key], None, [(manifest.name, 0)])
    return catalog


def read_catalog(folder: Path) -> Catalog:
    """The English catalogue of a folder; empty when there is none."""
    path = po_path(folder)
    if not path.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def untranslated(folder: Path) -> list[str]:
    """The texts of a folder that have no English in its catalogue, in the order of the source."""
    known = read_catalog(folder)
    return [
        msgid_of(message)
        for message in _texts(source_catalog(folder))
        if not _is_said(known.get(message.id))
    ]


def update(
    folder: Path, english: Mapping[str, str] | None = None, *, header: str = _KEPT_BY
) -> list[str]:
    """Brings the catalogue of a folder in step with its source, and compiles it. Returns the texts that have no English yet.

    `english` translates texts that have none. A folder without a text gets no catalogue.
    """
    source = source_catalog(folder)
    if not list(_texts(source)):
        return []
    catalog = read_catalog(folder)
    catalog.update(source, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _UNDATED
    catalog.header_comment = header
    for message in _texts(catalog):
        if not _is_said(message):
            message.string = (english or {}).get(msgid_of(message), message.string)
    path = po_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, width=0)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    return untranslated(folder)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as a .mo file."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def msgid_of(message: Message) -> str:
    """The French of a text; of one that counts, its singular."""
    return message.id if isinstance(message.id, str) else message.id[0]


def _texts(catalog: Catalog) -> Iterator[Message]:
    """The texts, without the header."""
    return (message for message in catalog if message.id)


def _is_said(message: Message | None) -> bool:
    strings = message.string if message is not None else ""
    parts = strings if isinstance(strings, (tuple, list)) else [strings]
    return bool(parts) and all(parts)
