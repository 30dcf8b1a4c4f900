"""The outbox: domain events written with what caused them, delivered to each handler after commit.

A delivery is claimed under a lease (`FOR UPDATE SKIP LOCKED`), so any number of workers may run; one that dies loses its
lease and another takes over. Failures back off, then become dead letters.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import msgspec
import structlog

from core.contracts.events import Event, PluginTurned
from core.storage.engine import Database

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
CHANNEL = "somobilite_outbox"
_BATCH = 5
"""Small, because a batch is handled one by one under one lease: five handlers at their limit still fit."""
HANDLER_LIMIT = LEASE / (_BATCH + 1)
log = structlog.get_logger("somobilite.outbox")


class _Claimed(msgspec.Struct, frozen=True, kw_only=True):
    event: int
    handler: str
    attempts: int
    payload: Event | PluginTurned


async def append(database: Database, event: Event, handlers: Sequence[str]) -> None:
    """Writes an event and one delivery per handler, in the caller's transaction. Wakes the workers at commit."""
    await database.fetch_value("SELECT append_events(ARRAY[$1::jsonb], $2)", event, list(handlers))
    database.wake(CHANNEL)


async def deliver_due(
    database: Database, deliver: Callable[[str, Event | PluginTurned], Awaitable[str]]
) -> int:
    """Delivers what is due, a batch; returns how many were tried.

    `deliver(handler, event)` answers with the problem, or an empty string.
    """
    claimed = await database.structs(
        _Claimed,
        """
        WITH taken AS (
            SELECT event, handler FROM outbox_delivery
            WHERE state = 'due' AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
            ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        UPDATE outbox_delivery d SET lease_until = now() + $2, attempts = d.attempts + 1
        FROM taken, outbox_event e
        WHERE d.event = taken.event AND d.handler = taken.handler AND e.id = d.event
        RETURNING d.event, d.handler, d.attempts, e.payload
        """,
        _BATCH,
        LEASE,
    )
    for item in claimed:
        await _settle(database, item, await deliver(item.handler, item.payload))
    return len(claimed)


async def _settle(database: Database, item: _Claimed, problem: str) -> None:
    """Notes the end of an attempt. The number of attempts fences a worker that overran its lease."""
    if not problem:
        await database.execute(
            "UPDATE outbox_delivery SET state = 'done', done_at = now(), lease_until = NULL, problem = ''"
            " WHERE event = $1 AND handler = $2 AND attempts = $3",
            item.event,
            item.handler,
            item.attempts,
        )
        return
    state = "dead" if item.attempts >= MAX_ATTEMPTS else "due"
    log.warning("event not delivered", handler=item.handler, problem=problem, state=state)
    await database.execute(
        "UPDATE outbox_delivery SET state = $3, due_at = now() + $4, lease_until = NULL, problem = $5"
        " WHERE event = $1 AND handler = $2 AND attempts = $6",
        item.event,
        item.handler,
        state,
        backoff(item.attempts),
        problem[:500],
        item.attempts,
    )


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failures: 10 s, doubling, an hour at most."""
    return timedelta(seconds=min(10 * 2 ** max(0, attempts - 1), 3600))


async def dead_letters(database: Database) -> list[dict[str, object]]:
    """Deliveries that were given up, newest first, 200 at most."""
    rows = await database.fetch(
        "SELECT d.event, d.handler, d.problem, d.attempts, e.payload, e.created_at FROM outbox_delivery d"
        " JOIN outbox_event e ON e.id = d.event WHERE d.state = 'dead' ORDER BY d.event DESC LIMIT 200"
    )
    return [dict(row) for row in rows]


async def revive(database: Database, event: int, handler: str) -> None:
    """Tries a dead letter again, from the first attempt."""
    await database.execute(
        "UPDATE outbox_delivery SET state = 'due', attempts = 0, due_at = now()"
        " WHERE event = $1 AND handler = $2 AND state = 'dead'",
        event,
        handler,
    )
