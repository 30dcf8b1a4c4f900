"""The platform: what every service needs, put together once by the composition root."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jinja2
from cryptography.fernet import Fernet, InvalidToken

from core.clock import Clock
from core.contracts.context import PluginContext, Services
from core.errors import SealError, SoMobiliteError
from core.extension.board import Board
from core.extension.dispatch import Dispatcher
from core.extension.state import PluginStates, Snapshot
from core.live import Live
from core.memory import Memory
from core.settings import Settings
from core.storage.engine import Database
from core.web.static import StaticFiles


class Keyring:
    """Signatures under the platform's one key, each purpose apart."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def sign(self, purpose: str, text: str) -> str:
        """A URL-safe signature of `text`, 128 bits; another purpose gives another signature."""
        digest = hmac.new(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def check(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` is ours, in constant time."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def derive(self, purpose: str) -> str:
        """A secret for a library that wants one of its own."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()

    def seal(self, purpose: str, text: str) -> str:
        """`text` as nobody without the key can read or forge it; sealed twice, it differs."""
        return self._cipher(purpose).encrypt(text.encode()).decode()

    def unseal(self, purpose: str, sealed: str) -> str:
        """The text that was sealed for the same purpose. Raises `SealError`."""
        try:
            return self._cipher(purpose).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealError("this was not sealed by the present key for this purpose") from error

    def _cipher(self, purpose: str) -> Fernet:
        return Fernet(urlsafe_b64encode(bytes.fromhex(self.derive(f"seal:{purpose}"))))


def load_key(settings: Settings) -> Keyring:
    """The key of the settings, or one generated once in the data folder."""
    if settings.secret_key:
        return Keyring(settings.secret_key)
    path = Path(settings.data_dir) / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return Keyring(path.read_text().strip())


class Platform:
    """Settings, clock, database, board, dispatcher, plugin states, memory, streams, key, templates. One per application."""

    services: Services
    static: StaticFiles

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        database: Database,
        board: Board,
        templates: jinja2.Environment,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.db = database
        self.board = board
        self.templates = templates
        self.keys = load_key(settings)
        self.zone = ZoneInfo(settings.timezone)
        self.dispatch = Dispatcher(settings.plugins.timeout_seconds)
        self.plugins = PluginStates(database, board, settings)
        self.attempts: dict[str, tuple[float, int]] = {}
        self.memory = Memory(settings.server.memory_seconds)
        self.live = Live(database.url)

    def context(
        self,
        plugin_id: str,
        snapshot: Snapshot,
        structure_id: UUID | None = None,
        *,
        locale: str = "fr",
        request_id: str = "",
        now: datetime | None = None,
    ) -> PluginContext:
        """What the plugin is given for a call, for a structure or the region, at a moment (the present one unless said)."""
        settings: Any = snapshot.settings_of(plugin_id, structure_id)
        return PluginContext(
            structure=snapshot.structures.get(structure_id) if structure_id else None,
            settings=settings,
            now=now or self.clock.now(),
            services=self.services,
            locale=locale,
            request_id=request_id,
            structures=() if structure_id else tuple(snapshot.structures_with(plugin_id)),
        )


def platform_behind(context: PluginContext) -> Platform:
    """The platform that made a context: for the core's own registrations, which plugins in all but this."""
    platform = getattr(context.services, "platform", None)
    if not isinstance(platform, Platform):
        raise SoMobiliteError("this context was not made by a platform")
    return platform
