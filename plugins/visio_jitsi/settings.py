"""The settings of the video rooms."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

EXAMPLE_SERVER = "https://visio.example.org"


class JitsiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`app_id` and `app_secret` go together: with them, every entrance is a signed one (JWT)."""

    server: str = EXAMPLE_SERVER
    app_id: str = ""
    app_secret: str = ""
    room_prefix: Annotated[str, Meta(pattern="^[a-z0-9-]{0,40}$")] = "so-mobilite"
    opens_minutes_before: Annotated[int, Meta(ge=0, le=120)] = 15

    def __post_init__(self) -> None:
        """Raises ValueError when the settings contradict each other."""
        parts = urlsplit(self.server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("server: an address such as https://visio.example.org")
        if bool(self.app_id) != bool(self.app_secret):
            raise ValueError("app_id and app_secret: both, or neither")
