"""What a message says: short, in the alphabet, without the youth's name (a locked screen shows it to anyone)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from hookspecs import (
    MessageTemplate,
    Notice,
    PersonRef,
    PluginContext,
    Preview,
    Sample,
    SlotOffer,
    Written,
    _,
    examples,
    ngettext,
    use_locale,
    vocabulary,
)

from . import gsm

LANGUAGES = ("fr", "en")
KINDS: Mapping[str, tuple[str, ...]] = {
    kind: vocabulary.AUDIENCES[kind]
    for kind in (
        "confirmation",
        "change",
        "cancellation",
        "reminder_1d",
        "link_1h",
        "demand_offer",
        "earlier_offer",
        "follow_up",
        "check_in",
    )
}
"""What may go by SMS, and to whom; the settings choose among them."""
MOST_PARTS = 3
_FOLDER = Path(__file__).parent / "templates"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it leaves: `septets` is its length, `parts` the messages that it takes."""

    body: str
    septets: int
    parts: int

    @property
    def size(self) -> str:
        """« 2 SMS, 171 caractères », in the present language."""
        parts = ngettext("%(num)d SMS", "%(num)d SMS", self.parts) % {"num": self.parts}
        length = ngettext("%(num)d caractère", "%(num)d caractères", self.septets)
        return f"{parts}, {length % {'num': self.septets}}"


def recipient(notice: Notice) -> PersonRef:
    """Who is written to."""
    if notice.audience == "youth":
        return notice.appointment.youth
    if notice.audience == "former_advisor" and notice.previous is not None:
        return notice.previous.advisor
    return notice.appointment.advisor


async def write(context: PluginContext, message: Notice | SlotOffer) -> Text:
    """The text of a message, in the reader's language, French when we do not have it."""
    locale = context.locale if context.locale in LANGUAGES else "fr"
    with use_locale(locale):
        values = vocabulary.values(message, context.services.public_url)
    key = key_of(message.kind, message.audience)
    return fitted(await context.services.write_message(key, values, locale=locale))


def fitted(written: Written) -> Text:
    """The text made to fit the alphabet, on one line."""
    body = " ".join(gsm.fit(written.body).split())
    return Text(body=body, septets=gsm.septets(body), parts=gsm.parts(body))


def key_of(kind: str, audience: str) -> str:
    """The key of a template."""
    return f"notifications_sms:{kind}.{audience}"


def declared() -> list[MessageTemplate]:
    """Every message, for everyone who may get it. The link stays in each; an offer says until when it holds."""
    return [
        MessageTemplate(
            key=key_of(kind, audience),
            kind=kind,
            audience=audience,
            carrier="SMS",
            sources={locale: _source(locale, kind, audience) for locale in LANGUAGES},
            variables=_variables(kind),
            samples=partial(examples.samples, kind=kind, audience=audience),
            preview=_preview,
            needs=("limite", "lien") if kind.endswith("_offer") else ("lien",),
        )
        for kind, audiences in KINDS.items()
        for audience in audiences
    ]


def _variables(kind: str) -> dict[str, str]:
    """Those of the kind, but for the youth's name."""
    return {name: said for name, said in vocabulary.variables(kind).items() if name != "jeune"}


def _source(locale: str, kind: str, audience: str) -> Written:
    return Written(body=(_FOLDER / locale / f"{kind}.{audience}.txt").read_text("utf-8").strip())


def _preview(context: PluginContext, sample: Sample, written: Written) -> Preview:
    text = fitted(written)
    facts = [(_("Longueur (alphabet GSM)"), text.size)]
    replaced = gsm.replaced(" ".join(written.body.split()))
    if replaced:
        facts.append((_("Signes remplacés, que les téléphones n’ont pas"), " ".join(replaced)))
    long = _("C’est long : %(parts)d SMS, payés chacun. Visez deux.") % {"parts": text.parts}
    return Preview(text=text.body, facts=facts, warnings=[long] * (text.parts > MOST_PARTS))
