"""Retention: after so many months nothing says who came, and the figures stay what they were."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog

from core.errors import SoMobiliteError
from core.platform import Platform
from core.privacy import audit

log = structlog.get_logger("somobilite.privacy")
_BATCH = 200

# Someone whose last appointment is long over; a demand that waits, or an appointment to come, keeps them.
_OVERDUE = """
    SELECT y.id FROM youth y
    WHERE y.anonymised_at IS NULL AND y.created_at < $1::timestamptz - make_interval(months => $2)
        AND NOT EXISTS (SELECT FROM appointment a WHERE a.youth = y.id
            AND a.ends_at >= $1::timestamptz - make_interval(months => $2))
    ORDER BY y.id LIMIT $3
"""


class NotErased(SoMobiliteError):
    """A plugin could not take out what it keeps: nothing was, and it is tried again."""


async def apply_retention(platform: Platform) -> int:
    """Anonymises everyone whose time is over, some at a time; how many they were. Stops at a plugin that fails."""
    done = 0
    while youths := await _overdue(platform):
        await anonymise(platform, youths)
        done += len(youths)
    if done:
        await audit.record(platform, None, "privacy.retention", detail={"youths": done})
    return done


async def anonymise(platform: Platform, youth_ids: Sequence[UUID]) -> None:
    """Takes these people out of the core and of every plugin, in one transaction. Raises `NotErased`."""
    async with platform.db.atomic():
        rows = await platform.db.fetch(
            "SELECT id FROM appointment WHERE youth = ANY($1::uuid[])", list(youth_ids)
        )
        appointment_ids = [row["id"] for row in rows]
        snapshot = await platform.plugins.fresh()
        for owned in platform.board.personal_data:
            context = platform.context(owned.plugin_id, snapshot)
            outcome = await platform.dispatch.ask(
                owned.plugin_id,
                "personal_data",
                partial(owned.item.erase, context, appointment_ids),
                None,
            )
            if not outcome.ok:
                raise NotErased(f"{owned.item.key}: {outcome.problem}")
        await platform.db.execute("SELECT anonymise($1, $2)", list(youth_ids), platform.clock.now())


async def retain(platform: Platform) -> None:
    """The nightly job: a plugin that fails is told and keeps nobody waiting for ever."""
    try:
        await apply_retention(platform)
    except NotErased as error:
        log.warning("retention not applied", problem=str(error))


async def _overdue(platform: Platform) -> list[UUID]:
    rows = await platform.db.fetch(
        _OVERDUE, platform.clock.now(), platform.settings.privacy.retention_months, _BATCH
    )
    return [row["id"] for row in rows]
