"""Account notices: expected in the transaction of what they tell, and read again just before they leave."""

from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

from core.accounts import links
from core.contracts.accounts import AccountKind, AccountNotice
from core.contracts.booking import PersonRef
from core.notices.ledger import Expected, expect
from core.platform import Platform

KINDS: tuple[str, ...] = get_args(AccountKind)
_WORTH_TELLING = timedelta(days=2)


async def tell(platform: Platform, account_id: UUID, kind: AccountKind, at: datetime) -> None:
    """Has the carriers that are on anywhere tell somebody what happened to their account `at` a moment, in the caller's transaction."""
    snapshot = await platform.plugins.current()
    await expect(
        platform,
        [
            Expected(
                account=account_id,
                kind=kind,
                audience="staff",
                revision=at.isoformat(),
                carrier=owned.item.key,
            )
            for owned in platform.board.account_carriers
            if snapshot.on_somewhere(owned.plugin_id)
        ],
    )


async def read_account_notice(
    platform: Platform, account_id: UUID, kind: AccountKind, revision: str
) -> AccountNotice | None:
    """The notice as it reads now; None when it does not hold any more: a link that has served or was replaced, old news."""
    at = datetime.fromisoformat(revision)
    person = await platform.db.struct(
        PersonRef,
        "SELECT name, email FROM account WHERE id = $1 AND disabled_at IS NULL",
        account_id,
    )
    if person is None or at + _WORTH_TELLING < platform.clock.now():
        return None
    path = "/mot-de-passe-oublie" if kind == "password_set" else "/compte"
    if kind == "password_link":
        link = await links.read_asked(platform, account_id)
        if link is None or link.asked_at != at:
            return None
        path = links.path_of(platform, link)
    return AccountNotice(
        key=f"{account_id}.{kind}.{links.micros(at)}",
        kind=kind,
        person=person,
        at=at,
        url=platform.settings.public_url + path,
    )
