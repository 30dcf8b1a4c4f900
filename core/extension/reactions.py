"""Plugins are told that a structure has them, or has them no more.

What they were last told is kept beside what is: whatever made the difference (a switch, a rule of the region, a requirement,
settings, another deployment), it is told once, through the outbox. Nothing hangs on who made the change.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

import msgspec

from core.contracts.events import PluginTurned
from core.contracts.reactions import SwitchReaction
from core.extension.board import Owned
from core.extension.state import Snapshot
from core.platform import Platform
from core.storage import outbox


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin was last told of its switch in a structure. `state` is how its slowest reaction ended, with `problem`;
    `event` and `handler` name that delivery.
    """

    plugin_id: str
    structure_id: UUID
    is_on: bool
    told_at: datetime
    state: Literal["due", "done", "dead"]
    problem: str
    event: int | None
    handler: str

    @property
    def reason(self) -> str:
        """The problem without the name of a Python error, which says nothing to people."""
        return re.sub(r"^[A-Z]\w*: ", "", self.problem)

    @property
    def is_in_trouble(self) -> bool:
        """Whether a reaction failed and did not make it good since."""
        return self.state == "dead" or (self.state == "due" and bool(self.problem))


async def tell(platform: Platform) -> int:
    """Writes what reacting plugins were not told yet; how many turns that was. Looks once at each revision of the plugins."""
    if not platform.board.switch_reactions:
        return 0
    snapshot = await platform.plugins.fresh()
    told = 0

    async def look() -> bool:
        nonlocal told
        told = await _tell(platform)
        return True

    await snapshot.derive("switch_reactions", look)
    return told


async def _tell(platform: Platform) -> int:
    database = platform.db
    async with database.atomic():
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended('plugin_told', 0))")
        snapshot = await platform.plugins.fresh()
        rows = await database.fetch("SELECT plugin, structure, is_on FROM plugin_told")
        known = {(row["plugin"], row["structure"]): row["is_on"] for row in rows}
        turned = [
            _turned(platform, snapshot, plugin_id, structure_id)
            for plugin_id in dict.fromkeys(
                owned.plugin_id for owned in platform.board.switch_reactions.values()
            )
            for structure_id in snapshot.structures
            if snapshot.is_on(plugin_id, structure_id)
            != known.get((plugin_id, structure_id), False)
        ]
        await _write(platform, turned)
    return len(turned)


def _turned(
    platform: Platform, snapshot: Snapshot, plugin_id: str, structure_id: UUID
) -> PluginTurned:
    return PluginTurned(
        structure_id=structure_id,
        at=platform.clock.now(),
        plugin_id=plugin_id,
        is_on=snapshot.is_on(plugin_id, structure_id),
    )


async def _write(platform: Platform, turned: Sequence[PluginTurned]) -> None:
    """The events, their deliveries and what is told by them."""
    if not turned:
        return
    reactions = platform.board.switch_reactions
    await platform.db.execute(
        """
        WITH written AS (
            INSERT INTO outbox_event (payload) SELECT jsonb_array_elements($1) RETURNING id, payload
        ), due AS (
            INSERT INTO outbox_delivery (event, handler)
            SELECT w.id, r.key FROM written w
            JOIN unnest($2::text[], $3::text[]) AS r(plugin, key) ON r.plugin = w.payload->>'plugin_id'
        )
        INSERT INTO plugin_told (plugin, structure, is_on, told_at, event)
        SELECT payload->>'plugin_id', (payload->>'structure_id')::uuid, (payload->>'is_on')::boolean, $4, id FROM written
        ON CONFLICT (plugin, structure) DO UPDATE
            SET is_on = excluded.is_on, told_at = excluded.told_at, event = excluded.event
        """,
        list(turned),
        [owned.plugin_id for owned in reactions.values()],
        list(reactions),
        platform.clock.now(),
    )
    platform.db.wake(outbox.CHANNEL)


async def deliver(platform: Platform, key: str, event: PluginTurned) -> str:
    """Tells one reaction; the problem, or nothing. A turn that another one followed is not told any more."""
    owned = platform.board.switch_reactions.get(key)
    if owned is None:
        return f"no reaction {key} is loaded"
    snapshot = await platform.plugins.fresh()
    if _is_past(snapshot, event) or event.structure_id not in snapshot.structures:
        return ""
    problem = await _ask(platform, owned, snapshot, event)
    after = await platform.plugins.fresh()
    if _is_past(after, event):
        # Turned meanwhile: the other reaction may have ended before this one did. The present state is told last.
        await _write(platform, [_turned(platform, after, event.plugin_id, event.structure_id)])
        return ""
    return problem


def _is_past(snapshot: Snapshot, event: PluginTurned) -> bool:
    return snapshot.is_on(event.plugin_id, event.structure_id) != event.is_on


async def _ask(
    platform: Platform, owned: Owned[SwitchReaction], snapshot: Snapshot, event: PluginTurned
) -> str:
    context = msgspec.structs.replace(
        platform.context(owned.plugin_id, snapshot, event.structure_id),
        structures=tuple(snapshot.structures_with(owned.plugin_id)),
    )
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "switch_reaction",
        partial(owned.item.enabled if event.is_on else owned.item.disabled, context),
        None,
        structure_id=event.structure_id,
        timeout_seconds=outbox.HANDLER_LIMIT.total_seconds(),
    )
    return outcome.problem


async def list_told(platform: Platform, structure_id: UUID | None = None) -> list[Told]:
    """What loaded plugins were last told, in one structure or everywhere."""
    return await platform.db.structs(
        Told,
        "SELECT t.plugin AS plugin_id, t.structure AS structure_id, t.is_on, t.told_at, t.event,"
        " coalesce(d.state, 'done') AS state,"
        " coalesce(d.problem, '') AS problem, coalesce(d.handler, '') AS handler"
        " FROM plugin_told t LEFT JOIN LATERAL (SELECT * FROM outbox_delivery d WHERE d.event = t.event"
        "  ORDER BY array_position('{dead,due,done}', d.state) LIMIT 1) d ON true"
        " WHERE t.plugin = ANY($1) AND ($2::uuid IS NULL OR t.structure = $2)"
        " ORDER BY t.plugin, t.structure",
        [owned.plugin_id for owned in platform.board.switch_reactions.values()],
        structure_id,
    )
