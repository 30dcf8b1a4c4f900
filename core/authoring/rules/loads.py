"""It loads."""

from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """Why it does not."""
    if subject.record.state != "loaded":
        yield subject.record.reason


RULE = Rule(
    id="loads",
    level="bronze",
    title="It loads",
    reason="A plugin that does not load is listed with a reason, and does nothing.",
    find=find,
)
