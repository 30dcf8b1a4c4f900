"""Its tables bear its name, and let go of what they refer to."""

import re
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_MADE = re.compile(
    r"CREATE\s+(?:TABLE|VIEW|TYPE)\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)", re.IGNORECASE
)
_CHANGED = re.compile(r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?\"?(\w+)", re.IGNORECASE)
_REFERENCE = re.compile(r"REFERENCES\s+\w+(?:\s*\([^)]*\))?(?!\s*\([^)]*\))([^,;]*)", re.IGNORECASE)


def find(subject: Subject) -> Iterator[str]:
    """Tables of another name, and references that would hold a row of the core back."""
    prefix = f"{subject.id}_"
    for name, sql in subject.migrations.items():
        for table in {*_MADE.findall(sql), *_CHANGED.findall(sql)}:
            if not table.startswith(prefix):
                yield f"migrations/{name}: {table} must be named {prefix}…"
        for rest in _REFERENCE.findall(sql):
            if "on delete" not in " ".join(rest.lower().split()):
                yield f"migrations/{name}: a reference without ON DELETE; say what becomes of the row"


RULE = Rule(
    id="tables",
    level="bronze",
    title="Its tables bear its name",
    reason="Two plugins never meet in one table, purge finds all of it, and a youth can be erased.",
    find=find,
)
