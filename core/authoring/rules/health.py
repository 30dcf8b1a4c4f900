"""It tells how it is."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject, called


def find(subject: Subject) -> Iterator[str]:
    """A plugin that depends on something outside, and never says how that goes."""
    if "health_checks" in subject.kinds:
        return
    depends = subject.manifest is not None and bool(subject.manifest.outbound_hosts)
    asks = any(
        isinstance(node, ast.Call)
        and called(node).endswith((".services.fetch", ".services.request"))
        for _, node in subject.nodes()
    )
    if depends or asks:
        yield "implement register_health_checks: it depends on a server that may be down"


RULE = Rule(
    id="health",
    level="silver",
    title="It tells how it is",
    reason="Who runs the platform sees at a glance what is down, and reads how to mend it.",
    find=find,
)
