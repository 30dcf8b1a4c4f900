"""It imports `hookspecs` from us, and nothing else."""

from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject


def find(subject: Subject) -> Iterator[str]:
    """Imports of what may change any day."""
    own = subject.record.candidate.module
    for source, node, module in subject.imports():
        first = module.partition(".")[0]
        if module == own or module.startswith(f"{own}."):
            continue
        if first in {"core", "config", "plugins", "tests"}:
            yield f"{source.at(node)} imports {module}: import it from hookspecs"


RULE = Rule(
    id="imports",
    level="bronze",
    title="It imports only hookspecs",
    reason="What hookspecs holds keeps its word between versions; the rest of the core changes without notice.",
    find=find,
)
