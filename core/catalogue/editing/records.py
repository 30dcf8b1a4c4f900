"""Sheets as records in a file, JSON or CSV, both ways. Pure: what is written reads back the same.

The shape is that of `programmes.json`: a key for each fact, null for what is not told. In a CSV, values of a list are parted by
`|`, sentences by line ends, a language is `en:B2`, yes and no are `oui` and `non`.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from core.catalogue.editing.facts import FACTS, Fact, curled
from core.contracts.matching import Programme
from core.errors import Refused
from core.web.i18n import _

KEYS: tuple[str, ...] = ("id", "version", *FACTS)
"""The keys of a record. `version` is for the reader: an import does not look at it."""
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_LISTS = {"many", "countries", "months"}
_PATH = re.compile(r"at `\$\.(\w+)")
MOST = 2000
"""Records that one file may hold."""

Record = Mapping[str, Any]


def to_record(programme: Programme) -> dict[str, Any]:
    """A sheet as a record; an empty text is null."""
    facts = msgspec.to_builtins(programme)
    return {key: None if facts[key] == "" else facts[key] for key in KEYS}


def to_json(programmes: Sequence[Programme]) -> bytes:
    """A JSON list, readable."""
    return msgspec.json.format(
        msgspec.json.encode([to_record(one) for one in programmes]), indent=1
    )


def to_csv(programmes: Sequence[Programme]) -> bytes:
    """A CSV that spreadsheets open: UTF-8 with its mark, semicolons, a line per sheet. No cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(KEYS)
    for programme in programmes:
        record = to_record(programme)
        writer.writerow([_cell(FACTS.get(key), record[key]) for key in KEYS])
    return text.getvalue().encode("utf-8-sig")


def read_file(body: bytes) -> list[Record]:
    """The records of a file, JSON or CSV by its content. Raises `Refused` when it is neither, or of another shape."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            _("Ce fichier n’est pas en UTF-8 : enregistrez-le en « CSV UTF-8 », ou en JSON."),
            field="file",
        ) from error
    records = _read_json(text) if text.lstrip()[:1] in {"[", "{"} else _read_csv(text)
    if not records:
        raise Refused(_("Ce fichier ne contient aucune fiche."), field="file")
    if len(records) > MOST:
        raise Refused(
            _("Ce fichier contient trop de fiches : %(most)d au plus.") % {"most": MOST},
            field="file",
        )
    return records


def read_record(record: Record, before: Programme | None) -> Programme:
    """The sheet that a record describes; what it does not speak of stays as `before`. Raises `Refused`, which says how to mend it."""
    strange = [key for key in record if key not in KEYS]
    if strange:
        raise Refused(
            _("Clé inconnue : %(keys)s. Corrigez son nom ou retirez-la.")
            % {"keys": ", ".join(strange)}
        )
    known = to_record(before) if before else {}
    told = {key: value for key, value in {**known, **record}.items() if value is not None}
    told["version"] = before.version if before else 1
    told.setdefault("id", "")
    if not told.get("title_fr"):
        raise Refused(_("Il manque le titre (title_fr)."))
    try:
        return curled(msgspec.convert(told, Programme))
    except msgspec.ValidationError as error:
        raise Refused(_mend(str(error))) from error


def _mend(error: str) -> str:
    """What to say of a value of another type, from the path in the library's message."""
    found = _PATH.search(error)
    fact = FACTS.get(found[1]) if found else None
    if fact is None:
        return _("Une valeur n’a pas la forme attendue : comparez avec un export.")
    wanted = {
        "number": _("un nombre entier"),
        "yes": _("oui ou non"),
        "language": _("une langue et un niveau, comme en:B2"),
        "months": _("des numéros de mois, de 1 à 12"),
        "many": _("une liste de mots du vocabulaire"),
        "countries": _("une liste de codes de pays"),
        "lines": _("une liste de phrases"),
    }.get(fact.kind, _("un texte"))
    return _("%(name)s (%(fact)s) : il faut %(wanted)s.") % {
        "name": fact.name,
        "fact": _(fact.label),
        "wanted": wanted,
    }


def _read_json(text: str) -> list[Record]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Refused(
            _("Ce fichier JSON ne se lit pas : %(error)s.") % {"error": error}, field="file"
        ) from error
    records = found if isinstance(found, list) else [found]
    if not all(isinstance(record, dict) for record in records):
        raise Refused(_("Il faut une liste de fiches : comparez avec un export."), field="file")
    return records


def _read_csv(text: str) -> list[Record]:
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused(
            _("Ce fichier CSV ne se lit pas : %(error)s.") % {"error": error}, field="file"
        ) from error
    head = [name.strip() for name in rows[0]] if rows else []
    if "id" not in head and "title_fr" not in head:
        raise Refused(
            _("La première ligne doit nommer les colonnes, comme dans un export (id, title_fr…)."),
            field="file",
        )
    return [
        {name: _value(FACTS.get(name), cell) for name, cell in zip(head, row, strict=False) if name}
        for row in rows[1:]
        if any(cell.strip() for cell in row)
    ]


def _cell(fact: Fact | None, value: Any) -> str:
    if value is None or value == []:
        return ""
    kind = fact.kind if fact else "line"
    if kind in _LISTS:
        text = "|".join(map(str, value))
    elif kind == "lines":
        text = "\n".join(value)
    elif kind == "yes":
        text = "oui" if value else "non"
    elif kind == "language":
        text = f"{value['code']}:{value['level_min']}"
    else:
        text = str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _value(fact: Fact | None, cell: str) -> Any:
    """What a cell means; what it cannot mean stays a text, which is then refused with its reason."""
    text = cell[1:] if cell.startswith("'") else cell
    text = text.replace("\r\n", "\n")
    kind = fact.kind if fact else "line"
    if kind in _LISTS:
        parts = [part.strip() for part in text.split("|") if part.strip()]
        return [_number(part) for part in parts] if kind == "months" else parts
    if kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if not text.strip():
        return None
    reader = _READERS.get(kind)
    return reader(text.strip()) if reader else text


_YES = {"oui": True, "true": True, "1": True, "non": False, "false": False, "0": False}


def _language(text: str) -> dict[str, str]:
    code, _sep, level = text.partition(":")
    return {"code": code, "level_min": level}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "yes": lambda text: _YES.get(text.lower(), text),
    "language": _language,
}
