"""Bringing what is due: claimed under a lease, judged again from the present state, then given to the carrier.

A worker that dies between the claim and the end loses its lease and another takes over; should the message have left
already, the second copy bears the same key. The end of its lease names a claim, and fences a worker that overran it.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog

from core.contracts.context import PluginContext
from core.contracts.notices import Delivery
from core.demand.offers import free_if_untold
from core.notices.subjects import Claimed, Ready, prepare
from core.platform import Platform
from core.storage.outbox import backoff
from core.web.i18n import _

LEASE = timedelta(seconds=60)
SEND_SECONDS = 30.0
MAX_ATTEMPTS = 8
LEAST_WAIT = timedelta(minutes=1)
"""A carrier that says "later" is not asked again before: one whose clock is wrong must not keep us busy."""
_BATCH = 4
log = structlog.get_logger("somobilite.notices")


class _End(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended; `due` means another one later: after a failure or, without any, at `until`."""

    state: str
    recipient: str = ""
    detail: str = ""
    until: datetime | None = None


async def deliver_due(platform: Platform) -> int:
    """Brings a batch of what is due, side by side; returns how many were tried."""
    claimed = await platform.db.structs(
        Claimed,
        """
        WITH taken AS (
            SELECT id FROM receipt
            WHERE state = 'due' AND due_at <= $1 AND (lease_until IS NULL OR lease_until < now())
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE receipt r SET lease_until = now() + $3, attempts = r.attempts + 1
        FROM taken WHERE r.id = taken.id
        RETURNING r.id, r.appointment, r.offer, r.account, r.kind, r.audience, r.revision, r.carrier, r.attempts,
            r.lease_until, coalesce(
                (SELECT CASE r.audience WHEN 'youth' THEN y.locale ELSE acc.locale END
                    FROM appointment a JOIN youth y ON y.id = a.youth JOIN advisor adv ON adv.id = a.advisor
                    JOIN account acc ON acc.id = adv.account WHERE a.id = r.appointment),
                (SELECT coalesce(d.locale, y.locale) FROM demand_offer o LEFT JOIN demand d ON d.id = o.demand
                    LEFT JOIN appointment a ON a.id = o.appointment LEFT JOIN youth y ON y.id = a.youth
                    WHERE o.id = r.offer),
                (SELECT locale FROM account WHERE id = r.account), 'fr') AS locale
        """,
        platform.clock.now(),
        _BATCH,
        LEASE,
    )
    ends = await asyncio.gather(
        *(_deliver(platform, item) for item in claimed), return_exceptions=True
    )
    for end in ends:
        if isinstance(end, BaseException):
            raise end  # the database is away; the lease will bring the receipt back
    return len(claimed)


async def _deliver(platform: Platform, item: Claimed) -> None:
    end = await _attempt(platform, item)
    now = platform.clock.now()
    failed = end.state == "due" and end.until is None
    if failed and item.attempts >= MAX_ATTEMPTS:
        end = msgspec.structs.replace(end, state="gave_up")
    if failed:
        log.warning(
            "notice not delivered", receipt=str(item.id), state=end.state, problem=end.detail
        )
    again_at = max(end.until, now + LEAST_WAIT) if end.until else now + backoff(item.attempts)
    await platform.db.execute(
        "UPDATE receipt SET state = $3, recipient = $4, detail = $5, due_at = $6, attempts = $7, lease_until = NULL,"
        " done_at = $8 WHERE id = $1 AND lease_until = $2",
        item.id,
        item.lease_until,
        end.state,
        end.recipient,
        end.detail[:500],
        again_at if end.state == "due" else now,
        item.attempts - 1 if end.until else item.attempts,
        None if end.state == "due" else now,
    )
    if item.offer is not None:
        await free_if_untold(platform, item.offer)


async def _attempt(platform: Platform, item: Claimed) -> _End:
    ready = await prepare(platform, item)
    if ready is None:
        return _End(state="dropped", detail=_("N’est plus d’actualité."))
    if ready.until is not None:
        return _End(state="due", detail=_("attend le matin"), until=ready.until)
    context = await _context(platform, ready, item.locale)
    if context is None:
        return _End(state="dropped", detail=_("Ce moyen d’envoi est désactivé."))
    return await _declined(platform, ready, context) or await _sent(platform, ready, context)


async def _declined(platform: Platform, ready: Ready, context: PluginContext) -> _End | None:
    """How it ends when the carrier has nothing to do for it, or cannot even say so; None when it has."""
    if ready.carries is None:
        return None
    call = partial(ready.carries, context)
    outcome = await platform.dispatch.ask(ready.plugin_id, "notice_carrier", call, bool)
    if not outcome.ok:
        return _End(state="due", detail=outcome.problem)
    return (
        None if outcome.value else _End(state="dropped", detail=_("Rien à envoyer par ce moyen."))
    )


async def _sent(platform: Platform, ready: Ready, context: PluginContext) -> _End:
    outcome = await platform.dispatch.ask(
        ready.plugin_id,
        "notice_carrier",
        partial(ready.send, context),
        Delivery,
        timeout_seconds=SEND_SECONDS,
    )
    if outcome.value is None:
        return _End(state="due", detail=outcome.problem)
    delivery: Delivery = outcome.value
    return _End(
        state="due" if delivery.outcome == "later" else delivery.outcome,
        recipient=delivery.recipient,
        detail=delivery.detail,
        until=delivery.until,
    )


async def _context(platform: Platform, ready: Ready, locale: str) -> PluginContext | None:
    """What the carrier is given, for the first structure where its plugin is on; None when it is on nowhere that counts."""
    snapshot = await platform.plugins.current()
    if not ready.structures:
        known = snapshot.on_somewhere(ready.plugin_id)
        return platform.context(ready.plugin_id, snapshot, locale=locale) if known else None
    for structure_id in ready.structures:
        if snapshot.is_on(ready.plugin_id, structure_id):
            return platform.context(ready.plugin_id, snapshot, structure_id, locale=locale)
    return None
