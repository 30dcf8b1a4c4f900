"""Trying a plugin's settings before it is switched on, or before they are saved: for real, within a few seconds."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from core.contracts.surfaces import Health
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import _

SECONDS = 5.0
_SIDE_BY_SIDE = 8


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin says of settings: `checked` is whether it has a way to try them."""

    plugin_id: str
    structure_id: UUID | None
    checked: bool
    lines: Sequence[Health] = ()

    @property
    def failing(self) -> Sequence[Health]:
        """The lines that say that it would not work."""
        return [line for line in self.lines if line.state == "failing"]


async def check_settings(
    platform: Platform,
    snapshot: Snapshot,
    plugin_id: str,
    structure_id: UUID | None,
    settings: Any,
) -> Verdict:
    """Asks the plugin whether `settings` work. No answer in time, or an error, is a failing line; never raises."""
    spec = platform.board.plugins[plugin_id].settings
    if spec is None or spec.check_settings is None:
        return Verdict(plugin_id=plugin_id, structure_id=structure_id, checked=False)
    context = platform.context(plugin_id, snapshot, structure_id)
    outcome = await platform.dispatch.ask(
        plugin_id,
        "reaction",
        partial(spec.check_settings, msgspec.structs.replace(context, settings=settings)),
        list[Health],
        structure_id=structure_id,
        timeout_seconds=SECONDS,
    )
    lines = outcome.value or []
    if not outcome.ok:
        name = _("La vérification n’a pas abouti")
        lines = [Health(name=name, state="failing", detail=outcome.problem)]
    return Verdict(plugin_id=plugin_id, structure_id=structure_id, checked=True, lines=lines)


async def check_before(
    platform: Platform, snapshot: Snapshot, wanted: Iterable[tuple[str, UUID]]
) -> list[Verdict]:
    """The verdicts that fail, for plugins about to be on in structures: settings that are the same are tried once."""
    trials: dict[tuple[str, UUID | None], None] = {}
    for plugin_id, structure_id in wanted:
        own = (plugin_id, structure_id) in snapshot.settings
        trials[(plugin_id, structure_id if own else None)] = None
    turn = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(plugin_id: str, structure_id: UUID | None) -> Verdict:
        async with turn:
            settings = snapshot.settings_of(plugin_id, structure_id)
            return await check_settings(platform, snapshot, plugin_id, structure_id, settings)

    verdicts = await asyncio.gather(*(one(*trial) for trial in trials))
    return [verdict for verdict in verdicts if verdict.failing]
