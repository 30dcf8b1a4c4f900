"""The hooks as they are at run time: who registered what, and how the calls went in this process."""

import inspect

import msgspec

import hookspecs
from core.extension.board import KINDS, key_of
from core.platform import Platform


class HookLine(msgspec.Struct, frozen=True, kw_only=True):
    """One hook: what it is for, and the keys of what plugins registered, with their owners."""

    name: str
    summary: str
    registered: tuple[tuple[str, str], ...]


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls of one plugin at one capability went since this process began. `mean_ms` is in milliseconds."""

    plugin_id: str
    capability: str
    calls: int
    failures: int
    skipped: int
    mean_ms: float
    last_problem: str


def list_hooks(platform: Platform) -> list[HookLine]:
    """Every hook, by name."""
    board = platform.board
    lines = [
        HookLine(
            name=f"register_{kind}",
            summary=summary_of(f"register_{kind}"),
            registered=tuple(
                (owned.plugin_id, key_of(owned.item) or "") for owned in board.owned[kind]
            ),
        )
        for kind in KINDS
    ]
    settings = tuple((record.id, "") for record in board.loaded if record.settings)
    lines.append(
        HookLine(
            name="register_settings",
            summary=summary_of("register_settings"),
            registered=settings,
        )
    )
    return sorted(lines, key=lambda line: line.name)


def summary_of(hook: str) -> str:
    """The first sentence of a hook's docstring."""
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""
    return " ".join(text.split()).partition(". ")[0].rstrip(".") + "."


def list_calls(platform: Platform) -> list[CallLine]:
    """How the calls went, those that fail most first."""
    lines = [
        CallLine(
            plugin_id=plugin_id,
            capability=capability,
            calls=tally.calls,
            failures=tally.failures,
            skipped=tally.skipped,
            mean_ms=round(1000 * tally.seconds / tally.calls, 3) if tally.calls else 0.0,
            last_problem=tally.last_problem,
        )
        for (plugin_id, capability), tally in platform.dispatch.tallies.items()
    ]
    return sorted(lines, key=lambda line: (-line.failures, line.plugin_id, line.capability))
