"""The texts that the coordination may rewrite: the subject and the paragraphs of each message. The layout is ours."""

from functools import partial
from pathlib import Path

from hookspecs import (
    MessageTemplate,
    PluginContext,
    Preview,
    Sample,
    Written,
    _,
    examples,
    ngettext,
    vocabulary,
)

from .compose import compose, plain_text
from .labels import LABELS

_FOLDER = Path(__file__).parent / "templates"
_READ_WHOLE = 70
"""Characters of a subject that a telephone shows."""


def key_of(kind: str, audience: str) -> str:
    """The key of a template."""
    return f"notifications_email:{kind}.{audience}"


def declared() -> list[MessageTemplate]:
    """Every message, for everyone who gets it."""
    return [
        MessageTemplate(
            key=key_of(kind, audience),
            kind=kind,
            audience=audience,
            carrier="E-mail",
            sources={locale: _source(locale, kind, audience) for locale in LABELS},
            variables=vocabulary.variables(kind),
            samples=partial(examples.samples, kind=kind, audience=audience),
            preview=_preview,
            has_subject=True,
        )
        for kind, audiences in vocabulary.AUDIENCES.items()
        for audience in audiences
    ]


def _source(locale: str, kind: str, audience: str) -> Written:
    """The first line of a file is the subject; empty lines part the paragraphs."""
    text = (_FOLDER / locale / f"{kind}.{audience}.txt").read_text("utf-8")
    subject, _blank, body = text.partition("\n\n")
    return Written(subject=subject, body=body.strip())


def _preview(context: PluginContext, sample: Sample, written: Written) -> Preview:
    message = compose(context, sample.about, written)
    length = len(message["Subject"])
    said = ngettext("%(num)d caractère", "%(num)d caractères", length) % {"num": length}
    late = _("L’objet est long : un téléphone n’en montre que le début.")
    return Preview(
        subject=message["Subject"],
        text=plain_text(message),
        facts=[(_("Objet"), said)],
        warnings=[late] if length > _READ_WHOLE else [],
    )
