"""Its texts are in English too."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import read_mo

from core.authoring.english import msgid_of, po_path, source_catalog
from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """Texts without a translation."""
    known = _known(po_path(subject.folder).with_suffix(".mo"))
    texts = {msgid_of(one) for one in source_catalog(subject.folder, is_lenient=True) if one.id}
    missing = sorted(texts - known)
    if missing:
        yield (
            f"{len(missing)} texts have no English in locale/en/LC_MESSAGES/messages.mo: {missing[0]!r}…"
            " (`somobilite plugin texts` gathers them)"
        )


def _known(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with path.open("rb") as file:
        return {msgid_of(message) for message in read_mo(file) if message.id}


RULE = Rule(
    id="english",
    level="gold",
    title="Its texts are in English too",
    reason="Some youths read English better than French.",
    find=find,
)
