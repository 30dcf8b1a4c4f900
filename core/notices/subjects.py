"""What a receipt is about, as it stands now: an appointment, a slot that is kept, a week, an account. Judged just before it is told."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from core.contracts.accounts import AccountKind
from core.contracts.context import PluginContext
from core.contracts.notices import Delivery
from core.demand.offers import read_offer
from core.extension.board import Owned
from core.notices.accounts import KINDS, read_account_notice
from core.notices.cases import build_notices, load_cases
from core.notices.digests import read_digest
from core.notices.due import due_notices
from core.platform import Platform

T = TypeVar("T")


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that a worker holds, and the language of who is written to."""

    id: UUID
    appointment: UUID | None
    offer: UUID | None
    account: UUID | None
    kind: str
    audience: str
    revision: str
    carrier: str
    attempts: int
    lease_until: datetime
    locale: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is still to be told, and the carrier's calls that do it: `carries`, when it may decline, then `send`.

    `structures` are those for which it may leave: one where the carrier's plugin is on will do. Empty: the region's. `until`:
    not before.
    """

    plugin_id: str
    structures: Sequence[UUID]
    send: Callable[[PluginContext], Coroutine[Any, Any, Delivery]]
    carries: Callable[[PluginContext], bool] | None = None
    until: datetime | None = None


async def prepare(platform: Platform, item: Claimed) -> Ready | None:
    """What the receipt is about; None when there is nothing to tell any more, or nobody left to bring it."""
    if item.appointment is not None:
        return await _notice(platform, item, item.appointment)
    if item.offer is not None:
        return await _offer(platform, item, item.offer)
    if item.account is not None and item.kind in KINDS:
        return await _account_notice(platform, item, item.account)
    if item.account is not None:
        return await _digest(platform, item, item.account)
    return None


async def _notice(platform: Platform, item: Claimed, appointment_id: UUID) -> Ready | None:
    carrier = _carrier(platform.board.notice_carriers, item)
    wanted = (item.kind, item.audience, item.revision)
    due = [
        (case, due)
        for case in await load_cases(platform, [appointment_id])
        for due in due_notices(case.state, platform.clock.now())
        if (due.kind, due.audience, due.revision) == wanted
    ]
    built = await build_notices(platform, due)
    if carrier is None or not built:
        return None
    ((case, _due, notice),) = built
    return Ready(
        plugin_id=carrier.plugin_id,
        structures=[case.state.structure_id],
        send=lambda context: carrier.item.send(context, notice),
    )


async def _offer(platform: Platform, item: Claimed, offer_id: UUID) -> Ready | None:
    carrier = _carrier(platform.board.offer_carriers, item)
    offer = await read_offer(platform, offer_id)
    if carrier is None or offer is None:
        return None
    return Ready(
        plugin_id=carrier.plugin_id,
        structures=[offer.structure.id],
        carries=lambda context: carrier.item.carries_offer(context, offer),
        send=lambda context: carrier.item.send_offer(context, offer),
    )


async def _digest(platform: Platform, item: Claimed, account_id: UUID) -> Ready | None:
    carrier = _carrier(platform.board.digest_carriers, item)
    found = await read_digest(platform, account_id, item.kind, item.revision)
    if carrier is None or found is None:
        return None
    digest = found.digest
    return Ready(
        plugin_id=carrier.plugin_id,
        structures=found.structures,
        carries=lambda context: carrier.item.carries_digest(context, digest),
        send=lambda context: carrier.item.send_digest(context, digest),
        until=found.until,
    )


async def _account_notice(platform: Platform, item: Claimed, account_id: UUID) -> Ready | None:
    carrier = _carrier(platform.board.account_carriers, item)
    kind = cast("AccountKind", item.kind)
    notice = await read_account_notice(platform, account_id, kind, item.revision)
    if carrier is None or notice is None:
        return None
    return Ready(
        plugin_id=carrier.plugin_id,
        structures=(),
        carries=lambda context: carrier.item.carries_account(context, notice),
        send=lambda context: carrier.item.send_account(context, notice),
    )


def _carrier(carriers: Sequence[Owned[T]], item: Claimed) -> Owned[T] | None:
    return next(
        (owned for owned in carriers if getattr(owned.item, "key", "") == item.carrier), None
    )
