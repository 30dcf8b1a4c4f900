"""Pages of this room: what did not arrive and trying again, what staff were told, the texts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone, coordinator
from core.notices import ledger, template_pages
from core.notices.ledger import Receipt
from core.notices.reach import list_unreached
from core.notices.weekly import monday_named
from core.notices.words import audience_label, event_label, kind_label, state_label
from core.privacy import audit
from core.storage import outbox
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/reseau/messages"


@get(_HERE, guards=[coordinator], include_in_schema=False)
async def messages(request: AnyRequest) -> Response[str]:
    """What did not arrive, what staff were told, and reactions of plugins that were given up."""
    platform = platform_of(request)
    board = platform.board
    carriers = {owned.item.key: _(owned.item.label) for owned in board.notice_carriers}
    carriers |= {owned.item.key: _(owned.item.label) for owned in board.offer_carriers}
    carriers |= {owned.item.key: _(owned.item.label) for owned in board.digest_carriers}
    carriers |= {owned.item.key: _(owned.item.label) for owned in board.account_carriers}
    values: dict[str, Any] = {
        "receipts": await ledger.failing(platform),
        "weeks": _by_week(await ledger.to_staff(platform)),
        "unreached": await list_unreached(platform),
        "letters": await outbox.dead_letters(platform.db),
        "event_label": event_label,
        "structure_names": {
            str(ref.id): ref.name for ref in (await platform.plugins.current()).structures.values()
        },
        "carriers": carriers,
        "kind_label": kind_label,
        "audience_label": audience_label,
        "state_label": state_label,
    }
    return page(request, "notices/messages.html", values)


def _by_week(told: Sequence[Receipt]) -> dict[tuple[str, date], list[Receipt]]:
    """What staff were told, by kind and Monday, the latest first."""
    weeks: dict[tuple[str, date], list[Receipt]] = {}
    for receipt in told:
        weeks.setdefault((receipt.kind, monday_named(receipt.revision)), []).append(receipt)
    return weeks


@post(_HERE + "/{receipt_id:uuid}/reessayer", guards=[coordinator], include_in_schema=False)
async def retry_message(request: AnyRequest, receipt_id: FromPath[UUID]) -> Redirect:
    """Has a message tried again at once."""
    platform = platform_of(request)
    async with platform.db.atomic():
        await ledger.retry(platform, receipt_id)
        await audit.record(platform, staff_of(request), "notice.retried", target=str(receipt_id))
    return redirect(_HERE, flash=_("Un nouvel essai part maintenant."))


@post(
    _HERE + "/evenements/{event:int}/{handler:str}/reessayer",
    guards=[coordinator],
    include_in_schema=False,
)
async def retry_event(
    request: AnyRequest, event: FromPath[int], handler: FromPath[str]
) -> Redirect:
    """Has a plugin's reaction tried again at once."""
    platform = platform_of(request)
    async with platform.db.atomic():
        await outbox.revive(platform.db, event, handler)
        await audit.record(
            platform, staff_of(request), "event.revived", target=f"{event} {handler}"
        )
    return redirect(_HERE, flash=_("Un nouvel essai part maintenant."))


@get("/-/mail", guards=[anyone], include_in_schema=False)
async def kept_mail() -> Redirect:
    """The short address of the page of kept messages."""
    return Redirect("/p/notifications_email/messages", status_code=303)


routes: tuple[ControllerRouterHandler, ...] = (
    messages,
    retry_message,
    retry_event,
    kept_mail,
    *template_pages.routes,
)
