"""The pages of `docs/` that are written by the code itself: the hooks, and the levels. `python -m core.authoring.reference docs`."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hookspecs
from core.authoring.rule import LEVELS
from core.authoring.rules import RULES
from core.authoring.rules.contracts import CONTRACTS
from core.contracts.context import FetchedPage, PluginContext, Services, StructureRef
from core.contracts.surfaces import PLACES
from core.extension.board import KINDS

_CORE = Path(__file__).parents[1]
_GENERATED = (
    "<!-- Written by `python -m core.authoring.reference docs`: change the code, not this page. -->"
)
_GROUPS = ("Capabilities", "Surfaces", "Reactions")
_ALWAYS = (PluginContext, Services, StructureRef, FetchedPage)


def write(folder: Path) -> None:
    """Writes the generated pages into `folder`."""
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """The generated pages, by name."""
    return {"hooks.md": "\n".join(_hooks()), "levels.md": "\n".join(_levels())}


def _hooks() -> Iterator[str]:
    yield "# Hooks: every way in\n"
    yield _GENERATED + "\n"
    yield (
        "A hook is a function of your `__init__.py`, marked `@hookimpl`, that takes nothing and returns a list of objects. It is called once, "
        "when the platform starts. The objects are asked later, with a [`PluginContext`](#what-every-call-is-told), only for structures where "
        "your plugin is on, and never longer than a second or so (see `[plugins] timeout_seconds`).\n"
    )
    for group, names in _grouped().items():
        yield f"- **{group}**: " + ", ".join(f"[`{name}`](#{name})" for name in names)
    yield "\nSee also: [places of page blocks](#places-of-page-blocks) and [the types](#types).\n"
    shown: set[str] = set()
    for group, names in _grouped().items():
        yield f"## {group}\n"
        for name in names:
            yield from _hook(name, shown)
    yield "## Places of page blocks\n"
    yield "A `PageBlock` names a place, and its `values` is told what the page knows.\n"
    yield "| place | where | told |"
    yield "|---|---|---|"
    told = told_by_place()
    for place, where in PLACES.items():
        yield f"| `{place}` | {where} | {', '.join(f'`{key}`' for key in told[place]) or 'nothing'} |"
    yield "\n## What every call is told\n"
    for kind in _ALWAYS:
        yield from _source(kind, shown)
    yield "## Types\n"
    yield "All are imported from `hookspecs`. Structs are frozen, and made by keyword.\n"
    for name in hookspecs.__all__:
        kind = getattr(hookspecs, name)
        if inspect.isclass(kind) and kind.__module__.startswith("core.contracts."):
            yield from _source(kind, shown)


def _hook(name: str, shown: set[str]) -> Iterator[str]:
    function = getattr(hookspecs, name)
    kind = name.removeprefix("register_")
    answer = str(inspect.signature(function).return_annotation)
    answer = answer.replace("collections.abc.", "").replace("core.contracts.", "")
    yield f"### {name}\n"
    yield from _announced(name)
    yield f"{_words(inspect.getdoc(function) or '')}\n"
    short = answer if "." not in answer else _short(answer)
    yield f"```python\n@hookimpl\ndef {name}() -> {short}: ...\n```\n"
    if kind in CONTRACTS:
        yield f"Contract: {' or '.join(f'`{one}`' for one in CONTRACTS[kind])}.\n"
    yield from _source(KINDS.get(kind, hookspecs.SettingsSpec), shown)


def _short(answer: str) -> str:
    """`Sequence[agenda.SlotProvider]` as one writes it: `Sequence[SlotProvider]`."""
    head, _, inner = answer.partition("[")
    if not inner:
        return answer.rsplit(".", 1)[-1] if "|" not in answer else answer.split(".", 1)[-1]
    return f"{head}[{inner.rstrip(']').rsplit('.', 1)[-1]}]"


def _source(kind: type[Any], shown: set[str]) -> Iterator[str]:
    """The definition of a type, once; then by its name only."""
    if kind.__name__ in shown:
        return
    shown.add(kind.__name__)
    yield f"```python\n{textwrap.dedent(inspect.getsource(kind)).rstrip()}\n```\n"
    yield from _announced(kind.__name__)


def _announced(name: str) -> Iterator[str]:
    """What is announced of a name and of its members."""
    for deprecated, announced in hookspecs.DEPRECATED.items():
        if deprecated == name or deprecated.startswith(f"{name}."):
            yield f"**Deprecated.** {announced.said(f'`{deprecated}`')}\n"


def _grouped() -> dict[str, list[str]]:
    """The hooks in the order and under the headings of `hookspecs.py`."""
    found: dict[str, list[str]] = {group: [] for group in _GROUPS}
    group = _GROUPS[0]
    for line in inspect.getsource(hookspecs).splitlines():
        if line.startswith("# ") and line[2:] in found:
            group = line[2:]
        elif line.startswith("def register_"):
            found[group].append(line[4:].partition("(")[0])
    return found


def told_by_place() -> dict[str, list[str]]:
    """What each place tells its blocks, read from the pages that draw them."""
    told: dict[str, list[str]] = {place: [] for place in PLACES}
    for path in sorted(_CORE.rglob("*.py")):
        text = path.read_text("utf-8")
        if "await render_blocks(" in text:
            told |= dict(_told_in(ast.parse(text)))
    return told


def _told_in(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    dictionaries = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id != "render_blocks":
            continue
        place, known = node.args[1], node.args[3]
        if isinstance(known, ast.Name):
            known = dictionaries[known.id]
        if isinstance(place, ast.Constant) and isinstance(known, ast.Dict):
            yield str(place.value), [str(ast.literal_eval(key)) for key in known.keys if key]


def _levels() -> Iterator[str]:
    yield "# Levels: how good is my plugin?\n"
    yield _GENERATED + "\n"
    yield (
        "`somobilite plugin check my_plugin` reads your plugin, says its level and what is missing for the next one. **Bronze** may be switched on. "
        "**Silver** may be shown to youths. **Gold** is an example for others: the plugins that travel with the platform are gold. "
        '`PluginContract` in your tests runs the same rules; set `level = "gold"` to be held to it.\n'
    )
    for level in LEVELS:
        yield f"## {level.capitalize()}\n"
        for rule in RULES:
            if rule.level == level:
                yield f'<a id="{rule.id}"></a>\n\n### {rule.title}\n'
                yield f"{rule.reason}\n"
                yield f"The rule finds: {_lower(_words(inspect.getdoc(rule.find) or ''))}\n"


def _words(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
