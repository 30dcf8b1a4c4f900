"""Its texts are in English too."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
_OPTIONS = {pattern: {"newstyle_gettext": "true"} for pattern, kind in _METHODS if kind == "jinja2"}


def find(subject: Subject) -> Iterator[str]:
    """Texts without a translation."""
    known = _known(subject.folder / "locale" / "en" / "LC_MESSAGES" / "messages.mo")
    missing = [text for text in _texts(subject.folder) if text not in known]
    if missing:
        yield f"{len(missing)} texts have no English in locale/en/LC_MESSAGES/messages.mo: {missing[0]!r}…"


def _texts(folder: Path) -> list[str]:
    found = extract_from_dir(
        str(folder), _METHODS, _OPTIONS, directory_filter=lambda path: Path(path).name != "tests"
    )
    return sorted({text if isinstance(text, str) else text[0] for _, _, text, _, _ in found})


def _known(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with path.open("rb") as file:
        return {
            message.id if isinstance(message.id, str) else message.id[0]
            for message in read_mo(file)
            if message.id
        }


RULE = Rule(
    id="english",
    level="gold",
    title="Its texts are in English too",
    reason="Some youths read English better than French.",
    find=find,
)
