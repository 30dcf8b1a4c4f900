"""Notices: planning what is due, and telling what came of it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import msgspec

from core.contracts.notices import Audience, Notice, NoticeKind
from core.errors import NotFound
from core.extension.state import Snapshot
from core.notices.cases import Case, build_notices, load_cases
from core.notices.delivery import deliver_due
from core.notices.due import NEWS_LIFE, Due, due_notices
from core.platform import Platform
from core.storage.outbox import CHANNEL

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


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent to whom, by which carrier, and what came of it."""

    id: UUID
    appointment_id: UUID
    structure_id: UUID
    structure_name: str
    kind: NoticeKind
    audience: Audience
    carrier: str
    state: str
    recipient: str
    detail: str
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None = None


async def plan(platform: Platform, appointment_id: UUID) -> None:
    """Writes the receipts of what is due for an appointment, and drops those that no longer apply. Idempotent."""
    await _plan(platform, [appointment_id])


async def plan_all(platform: Platform) -> None:
    """The same for every appointment about which anything may be due: six queries per 500, whatever they hold."""
    after = UUID(int=0)
    while ids := await _candidates(platform, platform.clock.now(), after):
        await _plan(platform, ids)
        after = ids[-1]


async def receipts(platform: Platform, appointment_id: UUID) -> Sequence[Receipt]:
    """What was sent, or is about to be, about an appointment, oldest first; dropped ones left out."""
    return await platform.db.structs(
        Receipt,
        f"{_RECEIPTS} WHERE r.appointment = $1 AND r.state <> 'dropped' ORDER BY r.created_at, r.id",
        appointment_id,
    )


async def failing(platform: Platform, limit: int = 200) -> Sequence[Receipt]:
    """Receipts that were given up or refused in the last month, then those that are being tried again; newest first."""
    return await platform.db.structs(
        Receipt,
        f"{_RECEIPTS} WHERE r.state = 'gave_up' OR (r.state = 'due' AND r.attempts > 0 AND r.detail <> '')"
        " OR (r.state = 'refused' AND r.done_at > $1::timestamptz - interval '30 days')"
        " ORDER BY r.state = 'due', r.created_at DESC, r.id LIMIT $2",
        platform.clock.now(),
        limit,
    )


async def retry(platform: Platform, receipt_id: UUID) -> None:
    """Has a notice tried again, from the first attempt, at once. Raises `NotFound`."""
    async with platform.db.atomic():
        found = await platform.db.execute(
            "UPDATE receipt SET state = 'due', attempts = 0, due_at = $2, lease_until = NULL, done_at = NULL"
            " WHERE id = $1 AND (state IN ('gave_up', 'refused')"
            "  OR (state = 'due' AND (lease_until IS NULL OR lease_until < now())))",
            receipt_id,
            platform.clock.now(),
        )
        if not found:
            raise NotFound("no such receipt, or it is being tried right now")
        platform.db.wake(CHANNEL)


_RECEIPTS = """
    SELECT r.id, r.appointment AS appointment_id, a.structure AS structure_id, s.name AS structure_name, r.kind,
        r.audience, r.carrier, r.state, r.recipient, r.detail, r.attempts, r.due_at, r.created_at, r.done_at
    FROM receipt r JOIN appointment a ON a.id = r.appointment JOIN structure s ON s.id = a.structure
"""


async def _candidates(platform: Platform, now: datetime, after: UUID) -> list[UUID]:
    rows = await platform.db.fetch(
        """
        SELECT id FROM (
            SELECT id FROM appointment WHERE status = 'booked' AND starts_at BETWEEN $1::timestamptz AND $1 + $2::interval
            UNION SELECT id FROM appointment WHERE created_at > $1 - $2 AND ends_at > $1
            UNION SELECT appointment FROM appointment_change WHERE at > $1 - $2
            UNION SELECT appointment FROM interview WHERE roadmap_sent_at > $1 - $2
            UNION SELECT appointment FROM receipt WHERE state = 'due'
        ) candidate WHERE id > $3 ORDER BY id LIMIT $4
        """,
        now,
        NEWS_LIFE,
        after,
        _BATCH,
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
            platform.db.wake(CHANNEL)


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
