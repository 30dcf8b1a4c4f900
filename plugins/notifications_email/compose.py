"""From a notice to a message: text and HTML that say the same, and the invitation beside them."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from urllib.parse import urlsplit

import msgspec
from icalendar import Calendar

from hookspecs import Notice, PersonRef, PluginContext, SlotOffer, StructureRef

from .invitation import invitation
from .labels import LABELS, button
from .settings import EmailSettings


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, before its layout. `event` is its title in a calendar."""

    subject: str
    event: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    button: str
    address: str


def recipient(notice: Notice) -> PersonRef:
    """Who is written to."""
    if notice.audience == "youth":
        return notice.appointment.youth
    if notice.audience == "former_advisor" and notice.previous is not None:
        return notice.previous.advisor
    return notice.appointment.advisor


def compose(context: PluginContext, notice: Notice) -> EmailMessage:
    """The whole message, ready to send. Its Message-ID is the notice's key: a second copy is recognised as one."""
    settings: EmailSettings = context.settings
    locale = _locale(context)
    words = write(context, notice, locale)
    to = recipient(notice)
    values = {"notice": notice, "a": notice.appointment}
    message = _message(context, words, to, notice.appointment.structure, values, key=notice.key)
    calendar = invitation(
        notice,
        organizer=settings.sender_address,
        attendee=to.email,
        summary=words.event,
        now=context.now,
    )
    if calendar is not None:
        _attach(message, calendar)
    return message


def compose_offer(context: PluginContext, offer: SlotOffer) -> EmailMessage:
    """The message that tells of a slot that is kept. Its Message-ID is the offer's key."""
    locale = _locale(context)
    labels = LABELS[locale]
    values = {"o": offer, "labels": labels}
    render = context.services.render
    subject, *paragraphs = _parts(
        render(f"notifications_email/{locale}/demand_offer.txt", values, locale=locale)
    )
    facts = render("notifications_email/offer_facts.txt", values, locale=locale)
    words = Words(
        subject=subject,
        event="",
        paragraphs=tuple(paragraphs),
        facts=tuple(_fact(line) for line in facts.splitlines() if line.strip()),
        button=labels.take,
        address=offer.book_url,
    )
    shown = {"notice": offer, "a": offer}
    return _message(context, words, offer.youth, offer.structure, shown, key=offer.key)


def _locale(context: PluginContext) -> str:
    return context.locale if context.locale in LABELS else "fr"


def _message(
    context: PluginContext,
    words: Words,
    to: PersonRef,
    structure: StructureRef,
    values: Mapping[str, object],
    *,
    key: str,
) -> EmailMessage:
    """Headers, text and HTML, which say the same."""
    settings: EmailSettings = context.settings
    locale = _locale(context)
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((settings.sender_name, settings.sender_address))
    message["To"] = formataddr((_one_line(to.name), to.email))
    if structure.email:
        message["Reply-To"] = formataddr((_one_line(structure.name), structure.email))
    message["Subject"] = words.subject
    message["Date"] = format_datetime(context.now)
    domain = urlsplit(context.services.public_url).hostname or "so-mobilite.example"
    message["Message-ID"] = f"<{key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    shown = {**values, "words": words, "labels": LABELS[locale], "locale": locale}
    render = context.services.render
    message.set_content(
        render("notifications_email/layout.txt", shown, locale=locale).strip() + "\n"
    )
    message.add_alternative(
        render("notifications_email/layout.html", shown, locale=locale), subtype="html"
    )
    return message


def _attach(message: EmailMessage, calendar: Calendar) -> None:
    """As an alternative, which mail programs read as an invitation, and as a file, for those that do not."""
    body = calendar.to_ical().decode()
    message.add_alternative(
        body, subtype="calendar", cte="base64", params={"method": str(calendar["METHOD"])}
    )
    message.add_attachment(
        body.encode(), maintype="application", subtype="ics", filename="rendez-vous.ics"
    )
    for part in message.walk():
        if part is not message:
            del part["MIME-Version"]  # belongs to the whole alone


def write(context: PluginContext, notice: Notice, locale: str) -> Words:
    """The words of a notice. The template's first line is the subject; empty lines part the paragraphs."""
    values = {
        "a": notice.appointment,
        "before": notice.previous,
        "audience": notice.audience,
        "labels": LABELS[locale],
    }
    render = context.services.render
    text = render(f"notifications_email/{locale}/{notice.kind}.txt", values, locale=locale)
    subject, *paragraphs = _parts(text)
    facts = render("notifications_email/facts.txt", values, locale=locale)
    label, address = button(
        notice.kind,
        notice.audience,
        notice.appointment,
        context.services.public_url,
        LABELS[locale],
    )
    return Words(
        subject=subject,
        event=render("notifications_email/event.txt", values, locale=locale).strip(),
        paragraphs=tuple(paragraphs),
        facts=tuple(_fact(line) for line in facts.splitlines() if line.strip()),
        button=label,
        address=address,
    )


def _parts(text: str) -> list[str]:
    """The subject, then each paragraph, on one line."""
    return [part for part in map(_one_line, text.split("\n\n")) if part]


def _fact(line: str) -> tuple[str, str]:
    label, _, value = line.strip().partition("\t")
    return label, value


def _one_line(text: str) -> str:
    """Names come from people: no line break of theirs may end a header or a paragraph."""
    return " ".join(text.split())
