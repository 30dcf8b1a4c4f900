"""Its pages speak through gettext."""

import re
from collections.abc import Iterator

import jinja2

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_HIDDEN = re.compile(r"<(script|style|svg|code)\b.*?</\1>|<!--.*?-->", re.S | re.I)
_TAG = re.compile(r"<[^>]*>?|^[^<]*>", re.S)
_ENTITY = re.compile(r"&\w+;|&#\d+;")
PLATFORM = "So Mobilité"  # a name is the same in every language
_WORD = re.compile(r"[^\W\d_]{3,}")


def find(subject: Subject) -> Iterator[str]:
    """Words that stand in a template as they are, outside `_("…")`."""
    environment = jinja2.Environment(  # noqa: S701 - nothing is rendered
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )
    for name, source in subject.templates.items():
        try:
            words = _plain_words(environment, source)
        except jinja2.TemplateSyntaxError as error:
            yield f"templates/{name}:{error.lineno}: {error.message}"
            continue
        if words:
            yield f"templates/{name}: {words[0]!r} stands outside _(…)"


def _plain_words(environment: jinja2.Environment, source: str) -> list[str]:
    """The words that a reader would see, wherever they are not in an expression."""
    pieces = [
        value if kind == "data" else ("\n" if kind.endswith("_end") else "")
        for _, kind, value in environment.lex(source)
    ]
    text = _HIDDEN.sub(" ", "".join(pieces)).replace(PLATFORM, " ")
    return _WORD.findall(_ENTITY.sub(" ", _TAG.sub(" ", text)))


RULE = Rule(
    id="texts",
    level="silver",
    title="Its pages speak through gettext",
    reason="The interface is French first and English second: a word outside _(…) can never be translated.",
    find=find,
)
