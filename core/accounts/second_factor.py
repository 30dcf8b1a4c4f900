"""The second factor of an account: setting it up, proving it, changing it, and what others may do about one that is lost."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.accounts import codes, sessions
from core.accounts.access import CurrentUser
from core.accounts.devices import forget_devices
from core.errors import NotFound, Refused, SealError
from core.notices.accounts import tell
from core.platform import Platform
from core.privacy import audit
from core.web import throttle
from core.web.i18n import _

PURPOSE = "second_factor:{account}"
_TIME_TO_SET_UP = timedelta(minutes=15)
_TRIES = ((10, 300), (60, 86_400))
"""Attempts of one account, in so many seconds. Three of a million codes open at a time: 60 tries a day find one in some 15 years."""


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor in force, and how many recovery codes are left."""

    since: datetime
    codes_left: int


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A secret to put on a telephone: in words, as the address that an application opens, and as its picture (an SVG element)."""

    secret: str
    address: str
    picture: str


async def read_factor(platform: Platform, account_id: UUID) -> Factor | None:
    """The factor of an account; None when it has none."""
    return await platform.db.struct(
        Factor,
        "SELECT since, (SELECT count(*) FROM account_recovery_code r WHERE r.account = f.account) AS codes_left"
        " FROM account_factor f WHERE account = $1",
        account_id,
    )


async def begin(platform: Platform, account_id: UUID, holder: bytes) -> None:
    """Prepares a fresh secret, for a quarter of an hour, that only `holder` (a session, or a sign-in, by its hash) sees and confirms."""
    await platform.db.execute(
        "INSERT INTO account_enrolment (account, secret, holder, expires_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, holder = excluded.holder,"
        " expires_at = excluded.expires_at",
        account_id,
        _seal(platform, account_id, codes.new_secret()),
        holder,
        platform.clock.now() + _TIME_TO_SET_UP,
    )


async def read_enrolment(platform: Platform, account_id: UUID, holder: bytes) -> Enrolment:
    """The secret that `holder` began with. Raises `NotFound` when there is none, or its time is over."""
    row = await platform.db.fetch_one(
        "SELECT e.secret, a.email FROM account_enrolment e JOIN account a ON a.id = e.account"
        " WHERE e.account = $1 AND e.holder = $2 AND e.expires_at > $3",
        account_id,
        holder,
        platform.clock.now(),
    )
    if row is None:
        raise NotFound("nothing was begun here, or it was too long ago")
    secret = _unseal(platform, account_id, row["secret"])
    address = codes.address_of(secret, row["email"])
    return Enrolment(secret=codes.spaced(secret), address=address, picture=codes.picture(address))


async def confirm(platform: Platform, account_id: UUID, holder: bytes, code: str) -> list[str]:
    """Puts the secret in force, once the telephone shows its code: the recovery codes, which nobody can read again.

    A former telephone, its codes and the trusted browsers are forgotten, and every session ends: open a new one after it. Raises
    `Refused` (field `code`), `NotFound` when nothing was begun, `TooManyRequestsException`.
    """
    await _count(platform, account_id)
    async with platform.db.atomic():
        sealed = await platform.db.fetch_value(
            "SELECT secret FROM account_enrolment WHERE account = $1 AND holder = $2 AND expires_at > $3 FOR UPDATE",
            account_id,
            holder,
            platform.clock.now(),
        )
        if sealed is None:
            raise NotFound("nothing was begun here, or it was too long ago")
        secret = _unseal(platform, account_id, sealed)
        step = codes.matching_step(secret, codes.digits_of(code), platform.clock.now(), 0)
        if step is None:
            raise Refused(
                _("Ce n’est pas le code qui s’affiche. Vérifiez aussi l’heure du téléphone."),
                field="code",
            )
        await _clear(platform, account_id)
        await platform.db.execute(
            "INSERT INTO account_factor (account, secret, last_step, since) VALUES ($1, $2, $3, $4)",
            account_id,
            sealed,
            step,
            platform.clock.now(),
        )
        owner = await sessions.read_account(platform, account_id)
        await audit.record(platform, owner, "account.factor_set", target=str(account_id))
        await tell(platform, account_id, "factor_set", platform.clock.now())
        return await _new_codes(platform, account_id)


async def prove(platform: Platform, account_id: UUID, typed: str) -> int | None:
    """Checks a code of the telephone, or a recovery code, which is then used up: how many are left, None for the telephone's.

    Raises `Refused` (field `code`) with the same words whatever is wrong, `TooManyRequestsException`.
    """
    await _count(platform, account_id)
    if code := codes.digits_of(typed):
        proved, left = await _take_step(platform, account_id, code), None
    else:
        left = await _take_recovery_code(platform, account_id, typed)
        proved = left is not None
    if not proved:
        await audit.record(platform, None, "account.factor_refused", target=str(account_id))
        raise Refused(_("Ce code ne va pas, ou il a déjà servi."), field="code")
    return left


async def renew_codes(platform: Platform, user: CurrentUser) -> list[str]:
    """Ten fresh recovery codes; the former ones are worthless. Raises `NotFound` without a second factor."""
    async with platform.db.atomic():
        await _ensure(platform, user.account_id)
        await platform.db.execute(
            "DELETE FROM account_recovery_code WHERE account = $1", user.account_id
        )
        await audit.record(platform, user, "account.codes_renewed", target=str(user.account_id))
        return await _new_codes(platform, user.account_id)


async def remove(platform: Platform, user: CurrentUser) -> None:
    """Takes one's own factor away; every other session ends. Raises `Refused` where one is required."""
    if policy_for(platform, coordination=user.is_coordination) == "required":
        raise Refused(_("La coordination garde un second facteur : changez plutôt de téléphone."))
    async with platform.db.atomic():
        await _ensure(platform, user.account_id)
        await _clear(platform, user.account_id, but=user.session_id)
        await audit.record(platform, user, "account.factor_removed", target=str(user.account_id))
        await tell(platform, user.account_id, "factor_removed", platform.clock.now())


async def reset(platform: Platform, by: CurrentUser | None, account_id: UUID) -> None:
    """Takes away the factor of somebody who lost their telephone and their codes (`by` None: at the command line). They are signed out
    everywhere, told by e-mail and, where one is required, set another up when they next sign in.

    Raises `NotFound` for who has none, `Refused` for one's own, for an administrator's unless by another, and to who has none where
    one is required.
    """
    async with platform.db.atomic():
        row = await platform.db.fetch_one(
            "SELECT a.region_role FROM account a JOIN account_factor f ON f.account = a.id WHERE a.id = $1 FOR UPDATE",
            account_id,
        )
        if row is None:
            raise NotFound("this account has no second factor")
        if by is not None and by.account_id == account_id:
            raise Refused(_("Le vôtre se change sur la page de votre compte."))
        if by is not None and row["region_role"] == "admin" and by.region_role != "admin":
            raise Refused(_("Seule l’administration retire le second facteur de l’administration."))
        required = policy_for(platform, coordination=True) == "required"
        if by is not None and required and not by.proved:
            raise Refused(_("Mettez d’abord en place le vôtre : il prouvera que c’est bien vous."))
        await _clear(platform, account_id)
        await platform.db.execute(
            "UPDATE account SET factor_due_at = $2 WHERE id = $1", account_id, platform.clock.now()
        )
        await audit.record(platform, by, "account.factor_reset", target=str(account_id))
        await tell(platform, account_id, "factor_removed", platform.clock.now())


def policy_for(platform: Platform, *, coordination: bool) -> str:
    """What the settings ask: `required`, `offered`, `off`."""
    asked = platform.settings.accounts
    return asked.second_factor if coordination else asked.second_factor_staff


async def _count(platform: Platform, account_id: UUID) -> None:
    for most, seconds in _TRIES:
        await throttle.check(platform, f"factor:{seconds}:{account_id}", most, seconds)


async def _take_step(platform: Platform, account_id: UUID, code: str) -> bool:
    row = await platform.db.fetch_one(
        "SELECT secret, last_step FROM account_factor WHERE account = $1", account_id
    )
    if row is None:
        return False
    try:
        secret = _unseal(platform, account_id, row["secret"])
    except SealError as error:
        raise Refused(
            _("Les codes de ce téléphone ne se vérifient plus ici : prenez un code de secours."),
            field="code",
        ) from error
    step = codes.matching_step(secret, code, platform.clock.now(), row["last_step"])
    # Two who bring the same code at once: the second finds that it has served.
    return step is not None and bool(
        await platform.db.execute(
            "UPDATE account_factor SET last_step = $2 WHERE account = $1 AND last_step < $2",
            account_id,
            step,
        )
    )


async def _take_recovery_code(platform: Platform, account_id: UUID, typed: str) -> int | None:
    async with platform.db.atomic():
        used = await platform.db.execute(
            "DELETE FROM account_recovery_code WHERE account = $1 AND code_hash = $2",
            account_id,
            codes.hash_recovery_code(account_id, typed),
        )
        if not used:
            return None
        owner = await sessions.read_account(platform, account_id)
        await audit.record(platform, owner, "account.recovery_used", target=str(account_id))
        left: int = await platform.db.fetch_value(
            "SELECT count(*) FROM account_recovery_code WHERE account = $1", account_id
        )
        return left


async def _ensure(platform: Platform, account_id: UUID) -> None:
    if not await platform.db.fetch_value(
        "SELECT 1 FROM account_factor WHERE account = $1 FOR UPDATE", account_id
    ):
        raise NotFound("this account has no second factor")


async def _clear(platform: Platform, account_id: UUID, *, but: bytes = b"") -> None:
    """Forgets the factor and all that rests on it, in the caller's transaction."""
    await platform.db.execute("DELETE FROM account_factor WHERE account = $1", account_id)
    await platform.db.execute("DELETE FROM account_enrolment WHERE account = $1", account_id)
    await forget_devices(platform, account_id)
    await sessions.close_all_sessions(platform, account_id, but=but)


async def _new_codes(platform: Platform, account_id: UUID) -> list[str]:
    fresh = codes.new_recovery_codes()
    await platform.db.execute_many(
        "INSERT INTO account_recovery_code (code_hash, account) VALUES ($1, $2)",
        [(codes.hash_recovery_code(account_id, code), account_id) for code in fresh],
    )
    return fresh


def _seal(platform: Platform, account_id: UUID, secret: str) -> str:
    return platform.keys.seal(PURPOSE.format(account=account_id), secret)


def _unseal(platform: Platform, account_id: UUID, sealed: str) -> str:
    return platform.keys.unseal(PURPOSE.format(account=account_id), sealed)
