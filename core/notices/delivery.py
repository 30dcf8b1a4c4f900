"""Bringing due notices: claimed under a lease, judged again from the present state, then given to the carrier.

A worker that dies between the claim and the end loses its lease and another takes over; should the message have left
already, the second copy bears the same key. The end of its lease names a claim, and fences a worker that overran it.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from core.contracts.notices import Audience, Delivery, NoticeKind
from core.notices.cases import build_notices, load_cases
from core.notices.due import Due, due_notices
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


class _Claimed(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    appointment: UUID
    kind: NoticeKind
    audience: Audience
    revision: str
    carrier: str
    attempts: int
    lease_until: datetime
    locale: str


class _End(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended; `due` means another one later: after a failure or, without any, at `until`."""

    state: str
    recipient: str = ""
    detail: str = ""
    until: datetime | None = None


async def deliver_due(platform: Platform) -> int:
    """Brings a batch of due notices, side by side; returns how many were tried."""
    claimed = await platform.db.structs(
        _Claimed,
        """
        WITH taken AS (
            SELECT id FROM receipt
            WHERE state = 'due' AND due_at <= $1 AND (lease_until IS NULL OR lease_until < now())
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE receipt r SET lease_until = now() + $3, attempts = r.attempts + 1
        FROM taken, appointment a, youth y, advisor adv, account acc
        WHERE r.id = taken.id AND a.id = r.appointment AND y.id = a.youth AND adv.id = a.advisor
            AND acc.id = adv.account
        RETURNING r.id, r.appointment, r.kind, r.audience, r.revision, r.carrier, r.attempts,
            r.lease_until, CASE r.audience WHEN 'youth' THEN y.locale ELSE acc.locale END AS locale
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


async def _deliver(platform: Platform, item: _Claimed) -> None:
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


async def _attempt(platform: Platform, item: _Claimed) -> _End:
    due = Due(kind=item.kind, audience=item.audience, revision=item.revision)
    cases = await load_cases(platform, [item.appointment])
    if not cases or due not in due_notices(cases[0].state, platform.clock.now()):
        return _End(state="dropped", detail=_("N’est plus d’actualité."))
    owned = next((o for o in platform.board.notice_carriers if o.item.key == item.carrier), None)
    snapshot = await platform.plugins.current()
    structure_id = cases[0].state.structure_id
    if owned is None or not snapshot.is_on(owned.plugin_id, structure_id):
        return _End(state="dropped", detail=_("Ce moyen d’envoi est désactivé."))
    built = await build_notices(platform, [(cases[0], due)])
    if not built:
        return _End(state="dropped", detail=_("N’est plus d’actualité."))
    notice = built[0][2]
    context = platform.context(owned.plugin_id, snapshot, structure_id, locale=item.locale)
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "notice_carrier",
        lambda: owned.item.send(context, notice),
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
