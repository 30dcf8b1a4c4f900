"""Talking to the mail server: the standard library's client, in a thread."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from .settings import EmailSettings


class RefusedForGood(Exception):
    """The server will never take this message: trying again is no use. Its words are the message."""


async def send(settings: EmailSettings, message: EmailMessage, recipient: str) -> None:
    """Hands the message over. Raises `RefusedForGood`; anything else that it raises may be tried again."""
    await asyncio.to_thread(_send, settings, message, recipient)


async def reach(settings: EmailSettings) -> None:
    """Says hello and leaves. Raises what the connection raises."""
    await asyncio.to_thread(_reach, settings)


def _send(settings: EmailSettings, message: EmailMessage, recipient: str) -> None:
    with _connect(settings, settings.timeout_seconds) as client:
        try:
            client.send_message(message, from_addr=settings.sender_address, to_addrs=[recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[recipient]
            _judge(code, words, error)
        except smtplib.SMTPDataError as error:
            _judge(error.smtp_code, error.smtp_error, error)


def _judge(code: int, words: bytes | str, error: Exception) -> None:
    """4xx is a matter of time, 5xx is final (RFC 5321, section 4.2.1)."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if code >= 500:
        raise RefusedForGood(f"{code} {text}") from error
    raise error


def _reach(settings: EmailSettings) -> None:
    with _connect(settings, 0.8) as client:
        client.noop()


def _connect(settings: EmailSettings, timeout: float) -> smtplib.SMTP:
    """A conversation ready for a message: secured and signed in as the settings say."""
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if settings.security == "tls":
        client = smtplib.SMTP_SSL(settings.host, settings.port, timeout=timeout, context=context)
    else:
        client = smtplib.SMTP(settings.host, settings.port, timeout=timeout)
    try:
        if settings.security == "starttls":
            client.starttls(context=context)
        if settings.username:
            client.login(settings.username, settings.password)
    except BaseException:
        client.close()
        raise
    return client
