"""Receipts: what is to be told, what was, and what came of it. One per thing to tell and carrier, so that nothing leaves twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from core.errors import NotFound
from core.platform import Platform
from core.storage.outbox import CHANNEL


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent to whom, by which carrier, and what came of it. `person` is the member of staff whom a digest is for;
    a digest has neither appointment nor structure, an offer to who had no appointment only a structure.
    """

    id: UUID
    appointment_id: UUID | None
    structure_id: UUID | None
    structure_name: str
    person: str
    kind: str
    audience: str
    revision: str
    carrier: str
    state: str
    recipient: str
    detail: str
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a carrier is to bring: about an offer, or to a member of staff."""

    kind: str
    audience: str
    carrier: str
    revision: str = ""
    offer: UUID | None = None
    account: UUID | None = None


async def receipts(platform: Platform, appointment_id: UUID) -> Sequence[Receipt]:
    """What was sent, or is about to be, about an appointment, oldest first; dropped ones left out."""
    return await platform.db.structs(
        Receipt,
        f"""
        {_RECEIPTS} WHERE r.state <> 'dropped' AND r.id IN (
            SELECT id FROM receipt WHERE appointment = $1
            UNION ALL SELECT told.id FROM receipt told JOIN demand_offer own ON own.id = told.offer
                WHERE own.appointment = $1)
        ORDER BY r.created_at, r.id
        """,  # noqa: S608 - a constant of ours
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


async def to_staff(platform: Platform, limit: int = 300) -> Sequence[Receipt]:
    """What was told to members of staff about the last weeks, newest first; dropped ones left out."""
    return await platform.db.structs(
        Receipt,
        f"{_RECEIPTS} WHERE r.account IS NOT NULL AND r.revision LIKE '%-W%' AND r.state <> 'dropped'"
        " AND r.created_at > $1::timestamptz - interval '21 days' ORDER BY r.created_at DESC, acc.name, r.id LIMIT $2",
        platform.clock.now(),
        limit,
    )


async def retry(platform: Platform, receipt_id: UUID) -> None:
    """Has a message tried again, from the first attempt, at once. Raises `NotFound`."""
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
        wake(platform)


async def expect(platform: Platform, messages: Sequence[Expected]) -> None:
    """Writes the receipts of what is to be told now, in the caller's transaction; one that stands already stays."""
    if not messages:
        return
    now = platform.clock.now()
    await platform.db.execute_many(
        "INSERT INTO receipt (id, offer, account, kind, audience, revision, carrier, due_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING",
        [
            (
                uuid4(),
                message.offer,
                message.account,
                message.kind,
                message.audience,
                message.revision,
                message.carrier,
                now,
            )
            for message in messages
        ],
    )
    wake(platform)


def wake(platform: Platform) -> None:
    """Tells the workers, once the present transaction is committed, that something is due."""
    platform.db.wake(CHANNEL)


_RECEIPTS = """
    SELECT r.id, r.appointment AS appointment_id, s.id AS structure_id, coalesce(s.name, '') AS structure_name,
        coalesce(acc.name, '') AS person, r.kind, r.audience, r.revision, r.carrier, r.state, r.recipient, r.detail, r.attempts,
        r.due_at, r.created_at, r.done_at
    FROM receipt r
    LEFT JOIN appointment a ON a.id = r.appointment
    LEFT JOIN demand_offer o ON o.id = r.offer
    LEFT JOIN structure s ON s.id = coalesce(a.structure, o.structure)
    LEFT JOIN account acc ON acc.id = r.account
"""
