"""The settings: which gateway, how it is spoken to, and what goes by SMS."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

SmsKind = Literal[
    "confirmation",
    "change",
    "cancellation",
    "reminder_1d",
    "link_1h",
    "demand_offer",
    "earlier_offer",
]

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]+")


class SmsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """No `url`: nothing is sent, and nothing kept. `secret` travels in `header`, or where {secret} stands in `body`.

    `body` is a JSON object whose texts may hold {number}, {text}, {sender}, {reference} (the same at each retry) and
    {secret}; it is sent as JSON, as a form or in the address. `answer_id` is the path of the message's id in a JSON
    answer (`messages.0.id`).
    """

    url: str = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    format: Literal["json", "form", "query"] = "json"
    body: str = '{"to": "{number}", "from": "{sender}", "text": "{text}"}'
    headers: dict[str, str] = {}
    secret: str = ""
    header: str = "Authorization"
    accepted: tuple[Annotated[int, Meta(ge=200, le=299)], ...] = (200, 201, 202)
    answer_id: str = ""
    sender: Annotated[str, Meta(pattern=r"^([A-Za-z][A-Za-z0-9 ]{2,10}|\+?[0-9]{3,15})$")] = (
        "SoMobilite"
    )
    timeout_seconds: Annotated[float, Meta(gt=0, le=25)] = 10
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "FR"
    youth_kinds: tuple[SmsKind, ...] = (
        "confirmation",
        "change",
        "cancellation",
        "reminder_1d",
        "link_1h",
        "demand_offer",
        "earlier_offer",
    )
    advisor_kinds: tuple[SmsKind, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError when a message could not leave, or would travel in clear."""
        parts = urlsplit(self.url)
        if self.url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("url: an address such as https://sms.example/api/messages")
        if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("url: https, so that numbers and texts do not travel in clear")
        body = self.template
        texts = "\n".join(_leaves(body))
        if "{number}" not in texts or "{text}" not in texts:
            raise ValueError("body: {number} and {text} must be in it")
        if self.format != "json" and any(isinstance(value, list | dict) for value in body.values()):
            raise ValueError("body: one level of names and values, unless format is json")
        if self.method == "GET" and self.format != "query":
            raise ValueError("format: query, for the method GET")
        for name, value in {**self.headers, self.header: self.secret}.items():
            if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
                raise ValueError(f"headers: {name!r} has a name or a value that HTTP cannot carry")

    @property
    def template(self) -> dict[str, Any]:
        """The body as an object. Raises ValueError when it is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise ValueError(f"body: a JSON object ({error})") from error


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value] if isinstance(value, str) else []
