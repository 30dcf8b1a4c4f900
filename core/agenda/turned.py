"""Slots after channels were turned on or off in a structure: where nothing but their channels can change, only these are written.

That is so where each slot is of one opening alone (`plain_supply`), and no opening gains its first channel or loses its last. Free
time is the same then, so no plugin is asked and no slot is read. Everyone else's slots are projected again, whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from core.clock import local_date
from core.platform import Platform

_INTRICATE = """
SELECT DISTINCT a.id FROM advisor a JOIN membership m ON m.account = a.account
WHERE m.structure = ANY($1::uuid[])
    AND NOT EXISTS (SELECT FROM plain_supply p WHERE p.advisor = a.id AND p.structure = m.structure)
"""
_OPENINGS = """
SELECT id::text AS source, advisor, structure, channels FROM opening
WHERE structure = ANY($1::uuid[])
    AND coalesce(ends_on, CASE repeat WHEN 'none' THEN starts_on ELSE 'infinity' END) >= $2
"""
_OFFERED = """
SELECT source, advisor, site IS NOT NULL AS has_site FROM slot
WHERE structure = ANY($1::uuid[]) AND starts_at >= $2 GROUP BY 1, 2, 3
"""
_RECAST = """
UPDATE slot SET channels = $1
WHERE structure = ANY($4::uuid[]) AND starts_at >= $5 AND source = ANY($3::text[]) AND (site IS NOT NULL) = $2
    AND channels <> $1
"""


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """An opening that is not over, with the channels that it was entered with. `source` is what its slots say of it."""

    source: str
    advisor: UUID
    structure: UUID
    channels: tuple[str, ...]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """That there are slots of a source to come, at a site or at none."""

    source: str
    advisor: UUID
    has_site: bool


class Recast(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: the sources whose slots, at a site or at none, take these channels, and the advisors who are left out because
    their slots may change otherwise.
    """

    sources: Mapping[tuple[tuple[str, ...], bool], Sequence[str]]
    again: frozenset[UUID]


def plan_recast(
    openings: Iterable[Offering],
    offered: Iterable[Offered],
    channels: Mapping[UUID, Collection[str]],
    need_site: Collection[str],
) -> Recast:
    """The channels of the slots of openings that never overlap, where `channels` are on, by structure. Pure."""
    known = {opening.source: opening for opening in openings}
    silent = set(known)
    again: set[UUID] = set()
    found: dict[tuple[tuple[str, ...], bool], list[Offered]] = {}
    for slots in offered:
        opening = known.get(slots.source)
        silent.discard(slots.source)
        possible = _possible(opening, channels, () if slots.has_site else need_site)
        if possible:
            found.setdefault((possible, slots.has_site), []).append(slots)
        else:  # they vanish, and others may take their hours or their place in the count
            again.add(slots.advisor)
    again.update(
        known[source].advisor for source in silent if _possible(known[source], channels, ())
    )
    return Recast(
        sources={
            cast: [slots.source for slots in all_slots if slots.advisor not in again]
            for cast, all_slots in found.items()
        },
        again=frozenset(again),
    )


async def recast(platform: Platform, channels: Mapping[UUID, Collection[str]]) -> set[UUID]:
    """Gives the slots of these structures the `channels` that are on there, by structure, in the caller's transaction.

    Returns the advisors whose slots it may have left wrong: they must be projected again. The locks of all advisors of these
    structures are the caller's to hold.
    """
    structure_ids = [*channels]
    now = platform.clock.now()
    yesterday = local_date(now, platform.zone) - timedelta(days=1)
    intricate = {row["id"] for row in await platform.db.fetch(_INTRICATE, structure_ids)}
    plan = plan_recast(
        await platform.db.structs(Offering, _OPENINGS, structure_ids, yesterday),
        await platform.db.structs(Offered, _OFFERED, structure_ids, now),
        channels,
        [key for key, owned in platform.board.channels.items() if owned.item.needs_site],
    )
    for (possible, has_site), sources in plan.sources.items():
        await platform.db.execute(_RECAST, list(possible), has_site, sources, structure_ids, now)
    return {*intricate, *plan.again}


def _possible(
    opening: Offering | None, channels: Mapping[UUID, Collection[str]], without: Collection[str]
) -> tuple[str, ...]:
    """What its slots can be booked by, as the projection writes it; nothing for slots of no opening."""
    if opening is None:
        return ()
    on = channels[opening.structure]
    return tuple(sorted({key for key in opening.channels if key in on and key not in without}))
