"""Each setting is explained."""

from collections.abc import Iterator

import msgspec

from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """Settings that the README does not name."""
    spec = subject.record.settings
    for field in msgspec.structs.fields(spec.struct) if spec is not None else ():
        if f"`{field.name}`" not in subject.readme:
            yield f"README.md: the setting `{field.name}` is not explained"


RULE = Rule(
    id="settings-told",
    level="gold",
    title="Each setting is explained",
    reason="A switch that nobody understands stays as it is, or is set wrongly.",
    find=find,
)
