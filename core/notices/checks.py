"""Whether a text may leave: its language, what it must not leave out, and how it reads on every example."""

from collections.abc import Sequence
from typing import Literal

from core.contracts.messages import MessageTemplate, Sample, Written
from core.errors import Refused
from core.notices.sandbox import Fault, RenderFault, faults, render, used
from core.web.i18n import _

MOST_SUBJECT, MOST_BODY = 200, 4000
"""In characters."""

Part = Literal["subject", "body"]


class TextRefused(Refused):
    """A text that cannot leave, with what is wrong in each of its parts."""

    def __init__(self, parts: dict[Part, list[Fault]]) -> None:
        super().__init__(_("Ce texte ne peut pas encore partir : voyez ce qui est signalé."))
        self.parts = parts


def check(template: MessageTemplate, source: Written, samples: Sequence[Sample]) -> None:
    """Raises `TextRefused` with every fault. `samples` are in the language of the text, their labels in the reader's."""
    subject = _language(source.subject, MOST_SUBJECT, template) if template.has_subject else []
    body = _language(source.body, MOST_BODY, template)
    if not subject and not body:
        if template.has_subject:
            subject = _examples(source.subject, samples)
        body = _examples(source.body, samples) or _missing(template, source)
    if subject or body:
        raise TextRefused({"subject": subject, "body": body})


def _language(text: str, most: int, template: MessageTemplate) -> list[Fault]:
    if len(text) <= most:
        return faults(text, template.variables)
    said = _("C’est trop long : %(most)d caractères au plus, il y en a %(has)d.")
    line = text.count("\n", 0, most) + 1
    return [Fault(line=line, message=said % {"most": most, "has": len(text)})]


def _examples(text: str, samples: Sequence[Sample]) -> list[Fault]:
    """The first example on which a text cannot be written, or says nothing."""
    for sample in samples:
        try:
            if render(text, sample.values).strip():
                continue
            line, said = 1, _("Il ne reste rien à lire dans le cas « %(case)s ».")
        except RenderFault as fault:
            line = fault.line
            said = _(
                "Cela ne peut pas s’écrire dans le cas « %(case)s » : ne comparez que des textes."
            )
        return [Fault(line=line, message=said % {"case": sample.label})]
    return []


def _missing(template: MessageTemplate, source: Written) -> list[Fault]:
    mentioned = used(source.subject) | used(source.body)
    said = _("Il manque {{ %(name)s }} : %(help)s. Sans cela, le message ne sert à rien.")
    last = source.body.count("\n") + 1
    return [
        Fault(line=last, message=said % {"name": name, "help": _(template.variables[name]).lower()})
        for name in template.needs
        if name not in mentioned
    ]
