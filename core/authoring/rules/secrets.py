"""Its secrets are secret, its defaults work."""

import re
from collections.abc import Iterator

import msgspec

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_SECRET = re.compile(r"password|secret|token|api_key|private_key", re.IGNORECASE)


def find(subject: Subject) -> Iterator[str]:
    """Settings that would be shown in clear, or that do not work as they come."""
    spec = subject.record.settings
    if spec is None:
        return
    fields = {field.name: field for field in msgspec.structs.fields(spec.struct)}
    for name, field in fields.items():
        if field.type is str and _SECRET.search(name) and name not in spec.secrets:
            yield f"settings: {name} looks like a secret; add it to SettingsSpec(secrets=…)"
    for name in spec.secrets:
        if name not in fields:
            yield f"settings: secrets names {name!r}, which is no field"
    try:
        msgspec.convert(msgspec.to_builtins(spec.struct()), spec.struct)
    except (TypeError, ValueError) as error:
        yield f"settings: the defaults are refused ({error})"


RULE = Rule(
    id="secrets",
    level="silver",
    title="Its secrets are secret, its defaults work",
    reason="Secrets are masked and encrypted only where they are named; a plugin that nobody has set yet must not be in the way.",
    find=find,
)
