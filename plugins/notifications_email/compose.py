"""From words to a message: text and HTML that say the same, and the invitation beside them."""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

import msgspec
from icalendar import Calendar

from hookspecs import (
    AccountNotice,
    Digest,
    Notice,
    PersonRef,
    PluginContext,
    SlotOffer,
    StructureRef,
    Written,
    vocabulary,
)

from .invitation import invitation
from .labels import LABELS, button
from .settings import EmailSettings

_BLANK = re.compile(r"\n\s*\n")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, before its layout."""

    subject: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    button: str
    address: str


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What is around the words: who is written to, by which structure, and the link that a youth keeps."""

    key: str
    to: PersonRef
    structure: StructureRef | None = None
    manage_url: str = ""


def recipient(notice: Notice) -> PersonRef:
    """Who is written to."""
    if notice.audience == "youth":
        return notice.appointment.youth
    if notice.audience == "former_advisor" and notice.previous is not None:
        return notice.previous.advisor
    return notice.appointment.advisor


def compose(context: PluginContext, message: vocabulary.Message, written: Written) -> EmailMessage:
    """The whole message, ready to send. Its Message-ID is the key: a second copy is recognised as one."""
    composed = _message(context, _words(context, message, written), _frame(message))
    if isinstance(message, Notice):
        _invite(context, composed, message)
    return composed


def plain_text(message: EmailMessage) -> str:
    """What is read in the text part of a message that was composed here."""
    part = message.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def _frame(message: vocabulary.Message) -> Frame:
    if isinstance(message, Digest | AccountNotice):
        return Frame(key=message.key, to=message.person)
    if isinstance(message, SlotOffer):
        return Frame(
            key=message.key,
            to=message.youth,
            structure=message.structure,
            manage_url=message.manage_url,
        )
    appointment = message.appointment
    return Frame(
        key=message.key,
        to=recipient(message),
        structure=appointment.structure,
        manage_url=appointment.manage_url if message.audience == "youth" else "",
    )


def _words(context: PluginContext, message: vocabulary.Message, written: Written) -> Words:
    """The text in force, the facts under it, and the one thing to do."""
    labels = LABELS[locale_of(context)]
    return Words(
        subject=_one_line(written.subject),
        paragraphs=tuple(part for part in map(_one_line, _BLANK.split(written.body)) if part),
        facts=_facts(context, message),
        button=button(message.kind, message.audience, labels),
        address=vocabulary.link(message, context.services.public_url),
    )


def _facts(context: PluginContext, message: vocabulary.Message) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs; the templates write one a line, with a tab between. News of an account says all in its words."""
    if isinstance(message, AccountNotice):
        return ()
    values: dict[str, Any] = {"labels": LABELS[locale_of(context)], "audience": message.audience}
    if isinstance(message, Notice):
        template, values["a"] = "facts", message.appointment
    elif isinstance(message, SlotOffer):
        template, values["o"] = "offer_facts", message
    else:
        template, values["d"] = "digest_facts", message
    lines: Sequence[str] = context.services.render(
        f"notifications_email/{template}.txt", values, locale=locale_of(context)
    ).splitlines()
    pairs = (line.strip().partition("\t") for line in lines if line.strip())
    return tuple((name, value) for name, _, value in pairs)


def locale_of(context: PluginContext) -> str:
    """The reader's language, French when we do not have it."""
    return context.locale if context.locale in LABELS else "fr"


def _message(context: PluginContext, words: Words, frame: Frame) -> EmailMessage:
    """Headers, text and HTML, which say the same."""
    settings: EmailSettings = context.settings
    locale = locale_of(context)
    structure = frame.structure
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((settings.sender_name, settings.sender_address))
    message["To"] = formataddr((_one_line(frame.to.name), frame.to.email))
    if structure is not None and structure.email:
        message["Reply-To"] = formataddr((_one_line(structure.name), structure.email))
    message["Subject"] = words.subject
    message["Date"] = format_datetime(context.now)
    domain = urlsplit(context.services.public_url).hostname or "so-mobilite.example"
    message["Message-ID"] = f"<{frame.key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    shown = {"words": words, "frame": frame, "labels": LABELS[locale], "locale": locale}
    render = context.services.render
    message.set_content(
        render("notifications_email/layout.txt", shown, locale=locale).strip() + "\n"
    )
    message.add_alternative(
        render("notifications_email/layout.html", shown, locale=locale), subtype="html"
    )
    return message


def _invite(context: PluginContext, message: EmailMessage, notice: Notice) -> None:
    """The invitation, when the notice changes something in a calendar: as an alternative, which mail programs read as
    one, and as a file, for those that do not.
    """
    settings: EmailSettings = context.settings
    locale = locale_of(context)
    values = {"a": notice.appointment, "audience": notice.audience, "labels": LABELS[locale]}
    summary = context.services.render("notifications_email/event.txt", values, locale=locale)
    calendar = invitation(
        notice,
        organizer=settings.sender_address,
        attendee=recipient(notice).email,
        summary=summary.strip(),
        now=context.now,
    )
    if calendar is not None:
        _attach(message, calendar)


def _attach(message: EmailMessage, calendar: Calendar) -> None:
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


def _one_line(text: str) -> str:
    """Names come from people: no line break of theirs may end a header or a paragraph."""
    return " ".join(text.split())
