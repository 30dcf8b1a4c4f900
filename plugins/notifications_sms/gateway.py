"""Talking to the gateway, as the settings describe it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from hookspecs import FetchedPage, PluginContext, _

from .settings import SmsSettings

_MARK = re.compile(r"\{(number|text|sender|reference|secret)\}")
_FOR_ANOTHER_TIME = {408, 425, 429}


class RefusedForGood(Exception):
    """The gateway will never take this message. Its words are the message."""


class GatewayBusy(Exception):
    """The gateway cannot take it now."""


async def send(context: PluginContext, number: str, text: str, reference: str) -> str:
    """Hands a message over; returns the id that the gateway gave it, if any.

    Raises `RefusedForGood`; `GatewayBusy` and `OutboundError` are for another time.
    """
    settings: SmsSettings = context.settings
    values = {
        "number": number,
        "text": text,
        "sender": settings.sender,
        "reference": reference,
        "secret": settings.secret,
    }
    url, headers, body = _written(settings, filled(settings.template, values))
    answer = await context.services.request(
        settings.method,
        url,
        headers=headers,
        body=body,
        timeout_seconds=settings.timeout_seconds,
    )
    return _judge(settings, answer)


async def reach(context: PluginContext) -> None:
    """Knocks without handing anything over: any answer will do. Raises `OutboundError`."""
    settings: SmsSettings = context.settings
    await context.services.request("HEAD", settings.url, timeout_seconds=0.8)


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with its marks replaced, once: a mark inside a value stays what it is, text."""
    if isinstance(template, dict):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, values) for value in template]
    if isinstance(template, str):
        return _MARK.sub(lambda mark: values[mark[1]], template)
    return template


def _written(settings: SmsSettings, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    headers = dict(settings.headers)
    if settings.secret and "{secret}" not in settings.body:
        headers[settings.header] = settings.secret
    if settings.format == "json":
        return (
            settings.url,
            {"Content-Type": "application/json", **headers},
            msgspec.json.encode(body),
        )
    if settings.format == "form":
        kind = "application/x-www-form-urlencoded"
        return settings.url, {"Content-Type": kind, **headers}, urlencode(body).encode()
    parts = urlsplit(settings.url)
    query = "&".join(filter(None, [parts.query, urlencode(body)]))
    return urlunsplit(parts._replace(query=query)), headers, b""


def _judge(settings: SmsSettings, answer: FetchedPage) -> str:
    words = " ".join(answer.body.decode("utf-8", "replace").split())
    if settings.secret:
        words = words.replace(settings.secret, "•••")
    told = f"{answer.status} {words}".strip()[:200]
    if answer.status >= 500 or answer.status in _FOR_ANOTHER_TIME:
        raise GatewayBusy(told)
    if answer.status not in settings.accepted:
        raise RefusedForGood(_("refusé par la passerelle : %(told)s") % {"told": told})
    if not settings.answer_id:
        return ""
    found = _at(answer.body, settings.answer_id)
    if not found:
        raise RefusedForGood(
            _("la passerelle n’a pas donné de numéro de message : %(told)s") % {"told": told}
        )
    return found


def _at(body: bytes, path: str) -> str:
    """What a JSON text holds at a path such as `messages.0.id`; empty when there is no such thing."""
    try:
        value = msgspec.json.decode(body)
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        return ""
    return str(value)[:80] if isinstance(value, str | int) else ""
