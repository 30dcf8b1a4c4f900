"""What a turn would do, before it is done: which plugins follow, and what would be lost or found. Nothing is written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.contracts.context import StructureRef
from core.extension.activation import PluginFacts, decide
from core.extension.state import Snapshot
from core.extension.surfaces import Surface, surfaces_of
from core.platform import Platform

Change = Callable[[PluginFacts], PluginFacts]


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The plugins that a turn would switch on and off in one structure, by id."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.on or self.off)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn would do in one structure.

    `appointments` to come keep the channel that is switched off; `vanishing` slots disappear, `narrowed` ones lose a channel;
    `unread`: advisors whose busy hours elsewhere would not be taken into account any more.
    """

    structure: StructureRef
    shift: Shift
    appointments: int = 0
    vanishing: int = 0
    narrowed: int = 0
    unread: int = 0


class Foresight(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn would do altogether. `still`: structures where nothing would change.

    `lost` and `found` are the surfaces that stop or appear somewhere: menu entries, messages, exports, background jobs….
    """

    effects: Sequence[Effect]
    still: Sequence[StructureRef]
    lost: Sequence[Surface]
    found: Sequence[Surface]

    @property
    def followers(self) -> dict[str, int]:
        """In how many structures each plugin would change, by id."""
        counts: dict[str, int] = {}
        for effect in self.effects:
            for plugin_id in (*effect.shift.on, *effect.shift.off):
                counts[plugin_id] = counts.get(plugin_id, 0) + 1
        return counts

    def total(self, name: str) -> int:
        """The sum of a figure of the effects."""
        return sum(getattr(effect, name) for effect in self.effects)

    @property
    def is_harmless(self) -> bool:
        """Whether nobody would notice but who asks: nothing of a youth's or an advisor's changes."""
        return not any(
            self.total(name) for name in ("appointments", "vanishing", "narrowed", "unread")
        )


def altered(
    facts: Mapping[str, PluginFacts], plugin_id: str, change: Change
) -> Mapping[str, PluginFacts]:
    """The facts of one structure once those of one plugin change."""
    return {**facts, plugin_id: change(facts[plugin_id])}


def shift(facts: Mapping[str, PluginFacts], plugin_id: str, change: Change) -> Shift:
    """What changes in one structure when the facts of one plugin do."""
    before = decide(facts)
    after = decide(altered(facts, plugin_id, change))
    changed = [one for one in sorted(facts) if before[one].on != after[one].on]
    return Shift(
        on=tuple(one for one in changed if after[one].on),
        off=tuple(one for one in changed if before[one].on),
    )


def suppose(snapshot: Snapshot, structure_id: UUID, plugin_id: str, change: Change) -> Snapshot:
    """The state of the plugins as it would be, were the facts of one of them changed in one structure."""
    own = snapshot.facts[structure_id]
    facts = {**own, plugin_id: change(own[plugin_id])}
    return msgspec.structs.replace(
        snapshot,
        facts={**snapshot.facts, structure_id: facts},
        activity={**snapshot.activity, structure_id: decide(facts)},
        derived={},
        chosen={},
    )


async def foresee(
    platform: Platform,
    snapshot: Snapshot,
    plugin_id: str,
    structures: Iterable[StructureRef],
    change: Change,
) -> Foresight:
    """What would follow if the facts of a plugin changed in these structures. The number of queries is fixed."""
    shifts = {ref: shift(snapshot.facts[ref.id], plugin_id, change) for ref in _unique(structures)}
    moved = {ref: found for ref, found in shifts.items() if found}
    figures = await _figures(platform, {ref.id: found.off for ref, found in moved.items()})
    stopping = {one for found in moved.values() for one in found.off}
    starting = {one for found in moved.values() for one in found.on}
    return Foresight(
        effects=[
            Effect(structure=ref, shift=found, **figures.get(ref.id, {}))
            for ref, found in moved.items()
        ],
        still=[ref for ref, found in shifts.items() if not found],
        lost=[surface for one in sorted(stopping) for surface in surfaces_of(platform.board, one)],
        found=[surface for one in sorted(starting) for surface in surfaces_of(platform.board, one)],
    )


def _unique(structures: Iterable[StructureRef]) -> list[StructureRef]:
    return [*{ref.id: ref for ref in structures}.values()]


_LOST = """
    WITH lost AS (
        SELECT l.structure, array_agg(l.key) AS keys
        FROM unnest($1::uuid[], $2::text[]) AS l(structure, key) GROUP BY 1
    )
    SELECT l.structure,
        (SELECT count(*) FROM appointment a WHERE a.structure = l.structure AND a.channel = ANY(l.keys)
            AND a.status = 'booked' AND a.starts_at > $3) AS appointments,
        s.vanishing, s.narrowed,
        (SELECT count(DISTINCT b.advisor) FROM outside_busy b JOIN advisor v ON v.id = b.advisor
            JOIN membership m ON m.account = v.account AND m.structure = l.structure AND m.ended_at IS NULL
            WHERE b.source = ANY(l.keys) AND b.ends_at > $3) AS unread
    FROM lost l CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE gone) AS vanishing,
            count(*) FILTER (WHERE NOT gone AND channels && l.keys) AS narrowed
        FROM (SELECT channels, provider = ANY(l.keys) OR channels <@ l.keys AS gone FROM slot
            WHERE structure = l.structure AND starts_at > $3) slots
    ) s
"""


async def _figures(
    platform: Platform, off: Mapping[UUID, Sequence[str]]
) -> dict[UUID, dict[str, int]]:
    """What hangs on the channels, slot providers and busy sources of what goes off, by structure."""
    board = platform.board
    keys: dict[str, list[str]] = {}
    for kind in ("interview_channels", "slot_providers", "busy_sources"):
        for owned in board.owned[kind]:
            keys.setdefault(owned.plugin_id, []).append(owned.item.key)
    pairs = [
        (structure_id, key)
        for structure_id, plugin_ids in off.items()
        for plugin_id in plugin_ids
        for key in keys.get(plugin_id, ())
    ]
    if not pairs:
        return {}
    now: datetime = platform.clock.now()
    rows = await platform.db.fetch(
        _LOST, [structure_id for structure_id, _ in pairs], [key for _, key in pairs], now
    )
    return {row["structure"]: {k: v for k, v in row.items() if k != "structure"} for row in rows}
