"""Retention: after so many months nothing says who came, and the figures stay what they were."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import structlog

from core.clock import local_date
from core.contracts.personal import Traces
from core.errors import SoMobiliteError
from core.platform import Platform
from core.privacy import audit

log = structlog.get_logger("somobilite.privacy")
_BATCH = 200

# Someone whose last appointment is long over; an appointment to come, or a demand that waits under the same e-mail or number,
# keeps them.
_OVERDUE = """
    SELECT y.id FROM youth y
    WHERE y.anonymised_at IS NULL AND y.created_at < $1::timestamptz - make_interval(months => $2)
        AND NOT EXISTS (SELECT FROM appointment a WHERE a.youth = y.id
            AND a.ends_at >= $1::timestamptz - make_interval(months => $2))
        AND NOT EXISTS (SELECT FROM demand d WHERE d.state = 'waiting'
            AND (lower(d.email) = lower(y.email) OR d.phone = y.phone AND y.phone <> ''))
    ORDER BY y.id LIMIT $3
"""
# What a youth wrote of an interview has no link to them: it goes with the month that it was about.
_OLD_WORDS = """
    UPDATE appointment_feedback SET words = ''
    WHERE words <> '' AND month < $1::timestamptz - make_interval(months => $2 + 1)
"""
_FREEZE = """
    INSERT INTO frozen_figure SELECT * FROM live_figure WHERE starts_on < $1 ON CONFLICT DO NOTHING
"""
# The demand that led to an appointment is theirs for certain; then their address finds nothing any more.
_LET_GO = """
    WITH theirs AS (SELECT hold FROM appointment WHERE youth = ANY($1::uuid[]) AND hold IS NOT NULL),
        kept AS (DELETE FROM hold WHERE id IN (SELECT hold FROM theirs)),
        asked AS (DELETE FROM demand WHERE state <> 'waiting' AND id IN
            (SELECT demand FROM demand_offer WHERE hold IN (SELECT hold FROM theirs)))
    UPDATE youth SET email = '', phone = '' WHERE id = ANY($1::uuid[])
"""
_SETTLED_MONTHS = 2
"""How long after its end a year may still be corrected (outcomes filled in late) before its figures are frozen."""


class NotErased(SoMobiliteError):
    """A plugin could not take out what it keeps: nothing was, and it is tried again."""


async def apply_retention(platform: Platform) -> int:
    """Anonymises everyone whose time is over, some at a time; how many they were. Stops at a plugin that fails."""
    done = 0
    while youths := await _overdue(platform):
        await anonymise(platform, youths)
        done += len(youths)
    await platform.db.execute(
        _OLD_WORDS, platform.clock.now(), platform.settings.privacy.retention_months
    )
    if done:
        await audit.record(platform, None, "privacy.retention", detail={"youths": done})
    return done


async def anonymise(
    platform: Platform, youth_ids: Sequence[UUID], *, by_address: bool = True
) -> None:
    """Takes these people out of the core and of every plugin, in one transaction. Raises `NotErased`.

    `by_address`: with what has no link to them but their address or their number. Not when somebody asks by a link: whoever books
    types the address that they like, and would take out the demand of another.
    """
    async with platform.db.atomic():
        if not by_address:
            await platform.db.execute(_LET_GO, list(youth_ids))
        traces = await _traces(platform, youth_ids)
        snapshot = await platform.plugins.fresh()
        for owned in platform.board.personal_data:
            context = platform.context(owned.plugin_id, snapshot)
            outcome = await platform.dispatch.ask(
                owned.plugin_id,
                "personal_data",
                partial(owned.item.erase, context, traces),
                None,
            )
            if not outcome.ok:
                raise NotErased(f"{owned.item.key}: {outcome.problem}")
        await platform.db.execute("SELECT anonymise($1, $2)", list(youth_ids), platform.clock.now())


async def freeze_figures(platform: Platform) -> None:
    """Counts the years that are over for good, so that nothing done since changes what was reported."""
    today = local_date(platform.clock.now(), platform.zone)
    year = today.year if today.month > _SETTLED_MONTHS else today.year - 1
    await platform.db.execute(_FREEZE, date(year, 1, 1))


async def retain(platform: Platform) -> None:
    """The nightly job: figures first; a plugin that fails is told and keeps nobody waiting for ever."""
    await freeze_figures(platform)
    try:
        await apply_retention(platform)
    except NotErased as error:
        log.warning("retention not applied", problem=str(error))


async def _overdue(platform: Platform) -> list[UUID]:
    rows = await platform.db.fetch(
        _OVERDUE, platform.clock.now(), platform.settings.privacy.retention_months, _BATCH
    )
    return [row["id"] for row in rows]


async def _traces(platform: Platform, youth_ids: Sequence[UUID]) -> Traces:
    """By what these people can be found elsewhere."""
    found = await platform.db.struct(
        Traces,
        "SELECT ARRAY(SELECT id FROM appointment WHERE youth = ANY($1::uuid[])) AS appointment_ids,"
        " ARRAY(SELECT DISTINCT lower(email) FROM youth WHERE id = ANY($1::uuid[]) AND email <> '') AS emails,"
        " ARRAY(SELECT DISTINCT phone FROM youth WHERE id = ANY($1::uuid[]) AND phone <> '') AS phones",
        list(youth_ids),
    )
    return found or Traces()
