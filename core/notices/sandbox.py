"""The language of editable texts: a small part of Jinja, sandboxed, in which nothing can be called, repeated or reached.

What is allowed is listed, node by node, so that a text can neither take long nor say more than its variables hold.
"""

import re
import traceback
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

import jinja2
import msgspec
from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from core.web.i18n import _

FILTERS = ("capitalize", "default", "lower", "trim", "upper")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
)
_UNKNOWN_TAG = re.compile(r"unknown tag '([^']*)'")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a text, on which line (from 1), and how to mend it, in the present language."""

    line: int
    message: str


def faults(source: str, names: Collection[str]) -> list[Fault]:
    """What forbids a text that may use the variables `names`, line by line; nothing when it can be used."""
    try:
        found = {
            (fault.line, fault.message): fault
            for node in _walk(_environment.parse(source))
            if (fault := _fault(node, names)) is not None
        }
    except jinja2.TemplateSyntaxError as error:
        return [Fault(line=error.lineno, message=_mend(error.message or ""))]
    except RecursionError:
        return [Fault(line=1, message=_("Ce texte est trop compliqué : enlevez des parenthèses."))]
    return [found[key] for key in sorted(found)]


def used(source: str) -> set[str]:
    """The variables that a text without fault mentions."""
    return {node.name for node in _walk(_environment.parse(source)) if isinstance(node, nodes.Name)}


def render(source: str, values: Mapping[str, str]) -> str:
    """The text with its values. Raises `RenderFault` on anything that cannot be used, a missing value included."""
    try:
        return _compiled(source).render(values)
    except (jinja2.TemplateError, RecursionError, TypeError, ValueError) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
        line = getattr(error, "lineno", None) or (lines[-1] if lines else None) or 1
        raise RenderFault(line, str(error)) from error


class RenderFault(Exception):
    """A text cannot be rendered; `line` is where, the message why, in English."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _make_environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.globals = {}
    return environment


_environment = _make_environment()


@lru_cache(maxsize=512)
def _compiled(source: str) -> jinja2.Template:
    return _environment.from_string(source)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, what is not allowed once: its inside matters no more."""
    yield node
    if isinstance(node, _ALLOWED):
        for child in node.iter_child_nodes():
            yield from _walk(child)


def _fault(node: nodes.Node, names: Collection[str]) -> Fault | None:
    message = ""
    if isinstance(node, nodes.Name) and node.name not in names:
        message = _unknown(node.name, names)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        message = _("« %(name)s » n’est pas permis après une barre. Ce qui l’est : %(known)s.") % {
            "name": node.name,
            "known": ", ".join(FILTERS),
        }
    elif not isinstance(node, _ALLOWED):
        message = _forbidden(node)
    return Fault(line=node.lineno or 1, message=message) if message else None


def _unknown(name: str, names: Collection[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    values = {"name": name, "near": near[0] if near else ""}
    if near:
        message = _(
            "« %(name)s » n’est pas une variable de ce message. Vouliez-vous écrire « %(near)s » ?"
        )
        return message % values
    message = _("« %(name)s » n’est pas une variable de ce message : choisissez dans la liste.")
    return message % values


def _forbidden(node: nodes.Node) -> str:
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        return _("Écrivez le nom de la variable seul, sans point ni crochet : {{ jeune }}.")
    if isinstance(node, nodes.For):
        return _("On ne répète rien ici : enlevez {% for %} et {% endfor %}.")
    return _(
        "Seuls {{ variable }} et {% if variable %} … {% else %} … {% endif %} sont permis ici."
    )


def _mend(reason: str) -> str:
    """How to mend what the parser stumbled over."""
    tag = _UNKNOWN_TAG.search(reason)
    is_open_brace = "print statement" in reason
    if not is_open_brace and ("end of template" in reason or "endif" in reason):
        return _("Chaque {% if … %} se ferme par {% endif %} : comptez-les.")
    if tag:
        return _("« %(tag)s » n’est pas permis : seuls if, elif, else et endif le sont.") % {
            "tag": tag[1]
        }
    return _(
        "Des accolades sont mal écrites. Une variable : {{ jeune }}. Une condition : {% if motif %} … {% endif %}."
    )
