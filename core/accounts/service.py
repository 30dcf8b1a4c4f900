"""Accounts: who may sign in, with which password, and where they are signed in."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from asyncpg import UniqueViolationError
from email_validator import EmailNotValidError, validate_email

from core.accounts import sessions
from core.accounts.access import CurrentUser
from core.accounts.devices import forget_devices
from core.accounts.passwords import check_strength, hash_password, needs_rehash, verify_password
from core.accounts.tables import Account, Session
from core.errors import Conflict, NotFound, Refused
from core.notices.accounts import tell
from core.platform import Platform
from core.privacy import audit
from core.web import throttle
from core.web.i18n import _

_WINDOW_SECONDS = 300
_LATELY = timedelta(minutes=10)


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which an account is signed in; `key` names it in a form."""

    key: str
    user_agent: str
    created_at: datetime
    seen_at: datetime
    is_present: bool


async def create_account(
    platform: Platform,
    *,
    email: str,
    name: str,
    password: str | None = None,
    region_role: Literal["coordinator", "admin"] | None = None,
    locale: str = "fr",
    is_demo: bool = False,
) -> UUID:
    """Opens an account; without a password nobody can sign in to it yet.

    Raises `Refused` (field `email`, `name` or `password`), or `Conflict` when the address is taken.
    """
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Refused(
            _("Cette adresse e-mail ne semble pas juste. Écrivez-la par exemple nom@domaine.fr."),
            field="email",
        ) from error
    if not name.strip():
        raise Refused(_("Ce champ est nécessaire."), field="name")
    if password is not None:
        check_strength(password, name, address.partition("@")[0])
    account_id = uuid4()
    account = Account(
        id=account_id,
        email=address,
        name=name.strip(),
        password_hash=None if password is None else await hash_password(password),
        region_role=region_role,
        locale=locale,
        is_demo=is_demo,
        created_at=platform.clock.now(),
    )
    try:
        async with platform.db.atomic():
            await Account.insert(account)
            await audit.record(platform, None, "account.created", target=str(account_id))
    except UniqueViolationError as error:
        raise Conflict(_("Un compte existe déjà avec cette adresse."), field="email") from error
    return account_id


async def set_password(platform: Platform, account_id: UUID, password: str) -> None:
    """Gives an account a new password, ends every session of it and, when it had one before, tells its owner.

    Raises `NotFound`, or `Refused` (field `password`) when it would be guessed.
    """
    known = await Account.select(Account.name, Account.email, Account.password_hash).where(
        Account.id == account_id
    )
    if not known:
        raise NotFound("no such account")
    check_strength(password, known[0]["name"], known[0]["email"].partition("@")[0])
    hashed = await hash_password(password)
    async with platform.db.atomic():
        await Account.update(
            {Account.password_hash: hashed, Account.password_asked_at: None}
        ).where(Account.id == account_id)
        await sessions.close_all_sessions(platform, account_id)
        await forget_devices(platform, account_id)
        await audit.record(platform, None, "account.password_set", target=str(account_id))
        if known[0]["password_hash"] is not None:
            await tell(platform, account_id, "password_set", platform.clock.now())


async def check_password(platform: Platform, email: str, password: str) -> UUID:
    """The account of this address, when the password is right and the account not disabled.

    Raises `Refused` with the same words, after the same work, whatever was wrong.
    """
    row = await platform.db.fetch_one(
        "SELECT id, password_hash FROM account WHERE lower(email) = lower($1) AND disabled_at IS NULL",
        email,
    )
    stored: str | None = row["password_hash"] if row else None
    if not await verify_password(stored, password) or row is None:
        raise Refused(
            _("Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez les deux.")
        )
    if stored is not None and needs_rehash(stored):
        fresh = await hash_password(password)
        await Account.update({Account.password_hash: fresh}).where(
            (Account.id == row["id"]) & (Account.password_hash == stored)
        )
    account_id: UUID = row["id"]
    return account_id


async def change_own_password(
    platform: Platform, user: CurrentUser, current: str, password: str
) -> None:
    """Changes the user's own password and ends all their sessions, this one too: open a new one after it.

    Raises `Refused` on the field `current` or `password`, `TooManyRequestsException`.
    """
    await check_own_password(platform, user, current, "current")
    if password == current:
        raise Refused(_("C’est le même : choisissez-en un autre."), field="password")
    await set_password(platform, user.account_id, password)


async def check_own_password(
    platform: Platform, user: CurrentUser, password: str, field: str
) -> None:
    """Asks a signed-in person who they are once more. Raises `Refused` on `field`, `TooManyRequestsException`."""
    await throttle.check(platform, f"password:{user.account_id}", 10, _WINDOW_SECONDS)
    try:
        await check_password(platform, user.email, password)
    except Refused as error:
        raise Refused(_("Ce n’est pas votre mot de passe actuel."), field=field) from error


async def signed_in_lately(platform: Platform, user: CurrentUser) -> bool:
    """Whether this session is so young that the password need not be asked again."""
    opened_at: datetime | None = await platform.db.fetch_value(
        "SELECT created_at FROM session WHERE id_hash = $1", user.session_id
    )
    return opened_at is not None and opened_at > platform.clock.now() - _LATELY


async def factor_due_at(platform: Platform, user: CurrentUser) -> datetime | None:
    """Until when a second factor that is required may be put off; None when that was never said."""
    due_at: datetime | None = await platform.db.fetch_value(
        "SELECT factor_due_at FROM account WHERE id = $1", user.account_id
    )
    return due_at


async def list_sessions(platform: Platform, user: CurrentUser) -> list[OwnSession]:
    """Where the user is signed in, the present browser first, then the last seen."""
    now = platform.clock.now()
    rows = (
        await Session.select()
        .where(
            (Session.account == user.account_id)
            & (Session.expires_at > now)
            & (Session.seen_at > now - sessions.IDLE)
        )
        .order_by(Session.seen_at, ascending=False)
    )
    found = [
        OwnSession(
            key=row["id_hash"].hex(),
            user_agent=row["user_agent"],
            created_at=row["created_at"],
            seen_at=row["seen_at"],
            is_present=row["id_hash"] == user.session_id,
        )
        for row in rows
    ]
    return sorted(found, key=lambda session: not session.is_present)


async def close_own_session(platform: Platform, user: CurrentUser, key: str) -> None:
    """Ends one of the user's sessions. Raises `NotFound` for anything else."""
    try:
        id_hash = bytes.fromhex(key)
    except ValueError as error:
        raise NotFound("no such session") from error
    closed = (
        await Session.delete()
        .where((Session.id_hash == id_hash) & (Session.account == user.account_id))
        .returning(Session.account)
    )
    if not closed:
        raise NotFound("no such session")
