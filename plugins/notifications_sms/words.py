"""What a message says: short, in the alphabet, without the youth's name (a locked screen shows it to anyone)."""

import msgspec

from hookspecs import Notice, PersonRef, PluginContext

from . import gsm

LANGUAGES = ("fr", "en")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it leaves: `septets` is its length, `parts` the messages that it takes."""

    body: str
    septets: int
    parts: int


def recipient(notice: Notice) -> PersonRef:
    """Who is written to."""
    if notice.audience == "youth":
        return notice.appointment.youth
    if notice.audience == "former_advisor" and notice.previous is not None:
        return notice.previous.advisor
    return notice.appointment.advisor


def write(context: PluginContext, notice: Notice) -> Text:
    """The text of a notice, in the reader's language, French when we do not have it."""
    locale = context.locale if context.locale in LANGUAGES else "fr"
    values = {
        "a": notice.appointment,
        "before": notice.previous or notice.appointment,
        "audience": notice.audience,
        "public_url": context.services.public_url,
    }
    written = context.services.render(
        f"notifications_sms/{locale}/{notice.kind}.txt", values, locale=locale
    )
    body = " ".join(gsm.fit(written).split())
    return Text(body=body, septets=gsm.septets(body), parts=gsm.parts(body))
