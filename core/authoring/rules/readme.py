"""Its README answers the four questions of who decides."""

import re
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_LEAST_WORDS = 12


def find(subject: Subject) -> Iterator[str]:
    """What is not said."""
    text = subject.readme
    if not text:
        yield "README.md is missing"
        return
    purpose = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if sum(len(line.split()) for line in purpose[:4]) < _LEAST_WORDS:
        yield "README.md: say first what it is for, in two or three sentences"
    asked = {
        "Settings": "settings" in subject.kinds,
        "Data": True,
        "Switching off": True,
    }
    for heading, needed in asked.items():
        if needed and not re.search(rf"\*\*{heading}|^#+ {heading}", text, re.M | re.I):
            yield f"README.md: a paragraph **{heading}** is missing"


RULE = Rule(
    id="readme",
    level="bronze",
    title="Its README answers who decides",
    reason="What it is for, what may be set, what it keeps of people, what stays when it is off: nobody should have to read code for that.",
    find=find,
)
