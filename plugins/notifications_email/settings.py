"""The settings of the mail server."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """No `host`: messages are kept on a page instead of leaving. `timeout_seconds` holds for each step of a conversation."""

    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = "So Mobilité <ne-pas-repondre@so-mobilite.example>"
    timeout_seconds: Annotated[float, Meta(gt=0, le=25)] = 10
    keep_days: Annotated[int, Meta(ge=1, le=365)] = 60

    def __post_init__(self) -> None:
        """Raises ValueError when the sender is no address, or a password would travel in clear."""
        _, address = parseaddr(self.sender)
        try:
            Address(addr_spec=address)
        except Exception as error:  # the parser of the standard library raises many kinds
            raise ValueError("sender: an address such as So Mobilité <a@b.example>") from error
        if "@" not in address:
            raise ValueError("sender: an address such as So Mobilité <a@b.example>")
        if self.username and self.security == "none":
            raise ValueError(
                "security: starttls or tls, so that the password does not travel in clear"
            )

    @property
    def sender_address(self) -> str:
        """The bare address of the sender."""
        return parseaddr(self.sender)[1]

    @property
    def sender_name(self) -> str:
        """The name before the address."""
        return parseaddr(self.sender)[0]
