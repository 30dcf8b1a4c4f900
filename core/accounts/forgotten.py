"""A password that was forgotten: a link goes to the address of the account, and nobody else learns whether there is one."""

from uuid import UUID

from core.accounts.links import PasswordLink, read_asked
from core.accounts.service import set_password
from core.errors import NotFound
from core.notices.accounts import tell
from core.platform import Platform
from core.privacy import audit


async def ask_link(platform: Platform, email: str) -> None:
    """Sends a link to whoever signs in with this address, and ends the one before. For anyone else nothing happens, silently: also for
    who was invited and has no password yet, whose invitation does the same.
    """
    async with platform.db.atomic():
        link = await make_link(platform, email)
        if link is not None:
            await tell(platform, link.account_id, "password_link", link.asked_at)


async def make_link(platform: Platform, email: str) -> PasswordLink | None:
    """A link for whoever signs in with this address, and the end of the one before; None where `ask_link` stays silent."""
    async with platform.db.atomic():
        account_id: UUID | None = await platform.db.fetch_value(
            "UPDATE account SET password_asked_at = $2 WHERE lower(email) = lower($1) AND disabled_at IS NULL"
            " AND password_hash IS NOT NULL RETURNING id",
            email,
            platform.clock.now(),
        )
        if account_id is None:
            return None
        await audit.record(platform, None, "account.link_asked", target=str(account_id))
        return await read_asked(platform, account_id)


async def choose_password(platform: Platform, link: PasswordLink, password: str) -> None:
    """Gives the account of a link a new password, and ends every session: who has a second factor still needs it to sign in.

    Raises `Refused` (field `password`), `NotFound` when the link has served meanwhile.
    """
    async with platform.db.atomic():
        present = await platform.db.fetch_value(
            "SELECT password_hash FROM account WHERE id = $1 AND disabled_at IS NULL FOR UPDATE",
            link.account_id,
        )
        if present != link.password_hash:
            raise NotFound("this link has served meanwhile")
        await set_password(platform, link.account_id, password)
