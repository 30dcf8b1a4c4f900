"""The platform: what every service needs, put together once by the composition root."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jinja2

from core.clock import Clock
from core.contracts.context import PluginContext, Services
from core.errors import SoMobiliteError
from core.extension.board import Board
from core.extension.dispatch import Dispatcher
from core.extension.lent import LentDatabase, lend
from core.extension.state import PluginStates, Snapshot
from core.keys import load_key
from core.live import Live
from core.memory import Memory
from core.settings import Settings
from core.storage.engine import Database
from core.web.static import StaticFiles


class Platform:
    """Settings, clock, database, board, dispatcher, plugin states, memory, streams, key, templates. One per application."""

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
        self.dispatch = Dispatcher(settings.plugins.timeout_seconds, LentDatabase(database).bound)
        self.plugins = PluginStates(database, board, settings, self.keys, self.dispatch)
        self.attempts: dict[str, tuple[float, int]] = {}
        self.memory = Memory(settings.server.memory_seconds)
        self.live = Live(database.url)

    @property
    def services(self) -> Services:
        """What the platform does for plugins, for who runs on its own loop."""
        return self._services

    @services.setter
    def services(self, services: Services) -> None:
        self._services, self._lent = services, lend(services)

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
            services=self.services if plugin_id == "core" else self._lent,
            locale=locale,
            request_id=request_id,
            structures=() if structure_id else tuple(snapshot.structures_with(plugin_id)),
            delegated=plugin_id in snapshot.delegated,
        )


def platform_behind(context: PluginContext) -> Platform:
    """The platform that made a context: for the core's own registrations, which plugins in all but this."""
    platform = getattr(context.services, "platform", None)
    if not isinstance(platform, Platform):
        raise SoMobiliteError("this context was not made by a platform")
    return platform
