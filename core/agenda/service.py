"""The slot projection: asked whenever supply changes, in the transaction of the change.

`refresh` is idempotent and writes only the difference. Two refreshes of one advisor follow each other; their lock is
not the one of bookings, which never wait for a provider.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from core.agenda.configured import is_projected_so, keep_mark
from core.agenda.gauge import offered_by_week, offered_this_week
from core.agenda.projection import Difference, project
from core.agenda.turned import recast
from core.platform import Platform
from core.web.i18n import use_locale

__all__ = [
    "follow_configuration",
    "offered_by_week",
    "offered_this_week",
    "rebuild",
    "refresh",
    "refresh_all",
    "refresh_structure",
    "refresh_troubled",
    "refresh_turned",
]

log = structlog.get_logger("somobilite.agenda")
_SIDE_BY_SIDE = 4
_ASKED_TOGETHER = 25  # so that a question about many is not one that takes too long
_KEPT_PAST = timedelta(days=60)


async def refresh(platform: Platform, advisor_ids: Sequence[UUID]) -> Sequence[Difference]:
    """Computes the slots of these advisors again, in the caller's transaction when there is one."""
    if not advisor_ids:
        return []
    async with platform.db.atomic():
        in_order = await _lock(platform, advisor_ids)
        snapshot = await platform.plugins.fresh()
        with use_locale("fr"):  # what plugins say is kept, for readers of any language
            return [
                difference
                for start in range(0, len(in_order), _ASKED_TOGETHER)
                for difference in await project(
                    platform, snapshot, in_order[start : start + _ASKED_TOGETHER]
                )
            ]


async def _lock(platform: Platform, advisor_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Keeps other refreshes of these advisors away until the transaction ends; each once, in the order of the locks."""
    in_order = sorted(set(advisor_ids))
    await platform.db.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended('agenda:' || id, 0))"
        " FROM unnest($1::text[]) AS id",
        [str(advisor_id) for advisor_id in in_order],
    )
    return in_order


async def refresh_turned(
    platform: Platform, channels: Mapping[UUID, Collection[str]], others: Collection[UUID] = ()
) -> None:
    """Makes slots right after plugins were turned, in the transaction that turned them.

    `channels` are the structures where nothing but channels was turned, with the keys of those that are on there now: the
    quick way. `others` are structures where more was turned.
    """
    async with platform.db.atomic():
        rows = await platform.db.fetch(
            "SELECT a.id, bool_or(m.structure = ANY($2)) AS whole FROM advisor a JOIN membership m ON m.account = a.account"
            " WHERE m.structure = ANY($1) OR m.structure = ANY($2) GROUP BY 1",
            [*channels],
            [*others],
        )
        if not rows:
            return
        await _lock(platform, [row["id"] for row in rows])
        again = {row["id"] for row in rows if row["whole"]}
        if channels:
            again |= await recast(platform, channels)
        await refresh(platform, [*again])


async def refresh_structure(platform: Platform, structure_id: UUID) -> None:
    """The same for everyone who is or was an advisor of a structure: a switch, a site, an agreement changed."""
    rows = await platform.db.fetch(
        "SELECT a.id FROM advisor a JOIN membership m ON m.account = a.account"
        " WHERE m.structure = $1",
        structure_id,
    )
    await refresh(platform, [row["id"] for row in rows])


async def refresh_all(platform: Platform) -> None:
    """Rolls the horizon forward for everyone, as `rebuild` does."""
    await rebuild(platform)


async def rebuild(platform: Platform) -> Sequence[Difference | None]:
    """Rolls the horizon forward for everyone. Not inside a transaction: its locks are each advisor's own.

    Gives what changed, by advisor; None for one whose refresh failed.
    """
    rows = await platform.db.fetch("SELECT id FROM advisor ORDER BY id")
    differences = await _refresh_each(platform, [row["id"] for row in rows])
    over = platform.clock.now() - _KEPT_PAST
    await platform.db.execute("DELETE FROM slot WHERE starts_at < $1", over)
    await platform.db.execute("DELETE FROM outside_busy WHERE ends_at < $1", over)
    await keep_mark(platform)
    return differences


async def follow_configuration(platform: Platform) -> bool:
    """Rebuilds when the configuration gives other slots than those that everyone was last given; whether it did."""
    if await is_projected_so(platform):
        return False
    log.info("slots follow the configuration")
    await rebuild(platform)
    return True


async def refresh_troubled(platform: Platform) -> None:
    """Asks again for the advisors whose slots are hidden or stale: what failed for a moment is mended in minutes."""
    rows = await platform.db.fetch("SELECT DISTINCT advisor AS id FROM supply_problem ORDER BY 1")
    await _refresh_each(platform, [row["id"] for row in rows])


async def _refresh_each(
    platform: Platform, advisor_ids: Sequence[UUID]
) -> Sequence[Difference | None]:
    """Each advisor apart, a few at a time: one that fails is logged, gives None, and the rest go on."""
    turn = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def refresh_one(advisor_id: UUID) -> Difference | None:
        async with turn:
            try:
                [difference] = await refresh(platform, [advisor_id])
            except Exception:
                log.exception("slots not refreshed", advisor=str(advisor_id))
                return None
            return difference

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(refresh_one(advisor_id)) for advisor_id in advisor_ids]
    return [task.result() for task in tasks]
