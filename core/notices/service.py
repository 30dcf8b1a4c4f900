"""Notices: planning what is due. What came of it is in `ledger.py`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from core.contracts.notices import Notice
from core.extension.state import Snapshot
from core.notices import digests
from core.notices.cases import Case, build_notices, load_cases
from core.notices.delivery import deliver_due
from core.notices.due import CHECK_IN_AFTER, CHECK_IN_WITHIN, NEWS_LIFE, Due, due_notices
from core.notices.ledger import Receipt, failing, receipts, retry, wake
from core.platform import Platform

__all__ = [
    "Receipt",
    "deliver_due",
    "failing",
    "plan",
    "plan_all",
    "receipts",
    "retry",
]

_BATCH = 500


async def plan(platform: Platform, appointment_id: UUID) -> None:
    """Writes the receipts of what is due for an appointment, and drops those that no longer apply. Idempotent."""
    await _plan(platform, [appointment_id])


async def plan_all(platform: Platform) -> None:
    """The same for every appointment about which anything may be due: seven queries per 500, whatever they hold; then what
    is due to staff.
    """
    after = UUID(int=0)
    while ids := await _candidates(platform, platform.clock.now(), after):
        await _plan(platform, ids)
        after = ids[-1]
    await digests.plan(platform)


async def _candidates(platform: Platform, now: datetime, after: UUID) -> list[UUID]:
    rows = await platform.db.fetch(
        """
        SELECT id FROM (
            SELECT id FROM appointment WHERE status = 'booked' AND starts_at BETWEEN $1::timestamptz AND $1 + $2::interval
            UNION SELECT id FROM appointment WHERE created_at > $1 - $2 AND ends_at > $1
            UNION SELECT appointment FROM appointment_change WHERE at > $1 - $2
            UNION SELECT id FROM appointment WHERE status = 'honoured' AND starts_at BETWEEN $1 - $2 - interval '1 day' AND $1
            UNION SELECT id FROM appointment a WHERE status = 'honoured' AND starts_at BETWEEN $1 - $5::interval AND $1 - $6::interval
                AND NOT EXISTS (SELECT FROM check_in c WHERE c.appointment = a.id)
                AND NOT EXISTS (SELECT FROM receipt r WHERE r.appointment = a.id AND r.kind = 'check_in' AND r.state <> 'dropped')
            UNION SELECT appointment FROM interview WHERE roadmap_sent_at > $1 - $2
            UNION SELECT appointment FROM follow_up WHERE waiting_since > $1 - $2 OR answered_at > $1 - $2
            UNION SELECT appointment FROM receipt WHERE state = 'due' AND appointment IS NOT NULL
        ) candidate WHERE id > $3 ORDER BY id LIMIT $4
        """,
        now,
        NEWS_LIFE,
        after,
        _BATCH,
        CHECK_IN_AFTER + CHECK_IN_WITHIN + timedelta(days=2),
        CHECK_IN_AFTER - timedelta(days=1),
    )
    return [row["id"] for row in rows]


async def _plan(platform: Platform, ids: Sequence[UUID]) -> None:
    now = platform.clock.now()
    snapshot = await platform.plugins.current()
    cases = await load_cases(platform, ids)
    wanted = [(case, due) for case in cases for due in due_notices(case.state, now)]
    carriers = [owned.item.key for owned in platform.board.notice_carriers]
    unknown = [(case, due) for case, due in wanted if not set(carriers) <= _handled_by(case, due)]
    rows = [
        (uuid4(), case.state.appointment_id, due.kind, due.audience, due.revision, carrier, now)
        for case, due, notice in await build_notices(platform, unknown)
        for carrier in await _carriers(platform, snapshot, case, notice)
    ]
    async with platform.db.atomic():
        await _drop(platform, ids, wanted)
        if rows:
            await platform.db.execute_many(
                "INSERT INTO receipt (id, appointment, kind, audience, revision, carrier, due_at, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"
                " ON CONFLICT (appointment, kind, audience, revision, carrier) DO UPDATE"
                " SET state = 'due', due_at = excluded.due_at, done_at = NULL, detail = '', attempts = 0"
                " WHERE receipt.state = 'dropped'",
                rows,
            )
            wake(platform)


def _handled_by(case: Case, due: Due) -> set[str]:
    """The carriers whose receipt for this notice stands."""
    return {
        known.carrier
        for known in case.known
        if (known.kind, known.audience, known.revision) == (due.kind, due.audience, due.revision)
        and known.state != "dropped"
    }


async def _carriers(
    platform: Platform, snapshot: Snapshot, case: Case, notice: Notice
) -> list[str]:
    """The carriers that are on for the structure and have something to do."""
    found = []
    for owned in platform.board.notice_carriers:
        if not snapshot.is_on(owned.plugin_id, case.state.structure_id):
            continue
        context = platform.context(owned.plugin_id, snapshot, case.state.structure_id)
        outcome = await platform.dispatch.ask(
            owned.plugin_id,
            "notice_carrier",
            partial(owned.item.carries, context, notice),
            bool,
        )
        if outcome.value:
            found.append(owned.item.key)
    return found


async def _drop(
    platform: Platform, ids: Sequence[UUID], wanted: Sequence[tuple[Case, Due]]
) -> None:
    """Drops what waits to leave but is no longer due; what a worker holds, that worker judges itself."""
    await platform.db.execute(
        """
        UPDATE receipt r SET state = 'dropped', done_at = $2
        WHERE r.appointment = ANY($1::uuid[]) AND r.state = 'due'
            AND (r.lease_until IS NULL OR r.lease_until < now())
            AND NOT EXISTS (SELECT 1 FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[])
                AS due (appointment, kind, audience, revision)
                WHERE due.appointment = r.appointment AND due.kind = r.kind
                    AND due.audience = r.audience AND due.revision = r.revision)
        """,
        list(ids),
        platform.clock.now(),
        [case.state.appointment_id for case, _ in wanted],
        [due.kind for _, due in wanted],
        [due.audience for _, due in wanted],
        [due.revision for _, due in wanted],
    )
