"""Invitations: a signed link that its maker passes on, good once and for two weeks; a newer one ends it.

Nothing is stored but the moment when it was made. Whoever has no password yet sets one by it; whoever has one signs in first.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.accounts import service as accounts
from core.accounts.access import CurrentUser
from core.agenda.service import refresh
from core.errors import NotFound, Refused
from core.network.managed import Managed
from core.network.team import Role, ensure_advisor
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

LIFE = timedelta(days=14)
_PURPOSE = "invitation"
_BODY = 56  # characters: two ids of 16 bytes and a moment of 10, in base64


class InviteForm(msgspec.Struct, frozen=True, kw_only=True):
    """Who is invited. The name is as youths will read it; `holds` says whether a manager holds interviews too."""

    email: Annotated[str, Meta(max_length=254)]
    name: Annotated[str, Meta(min_length=2, max_length=120)]
    role: Role = "advisor"
    holds: bool = False


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that may still be accepted."""

    account_id: UUID
    structure_id: UUID
    structure: str
    name: str
    email: str
    role: Role
    has_password: bool
    invited_at: datetime


async def invite(
    platform: Platform, user: CurrentUser, structure: Managed, form: InviteForm
) -> UUID:
    """Invites a person, whose account is opened if need be; invites again who left or did not answer.

    Returns the account. Raises `Refused` on the field `email` (badly written, already in the team) or `name`.
    """
    async with platform.db.atomic():
        account_id: UUID | None = await platform.db.fetch_value(
            "SELECT id FROM account WHERE lower(email) = lower($1)", form.email
        )
        if account_id is None:
            account_id = await accounts.create_account(platform, email=form.email, name=form.name)
        written = await platform.db.execute(
            "INSERT INTO membership (account, structure, role, invited_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (account, structure) DO UPDATE SET role = excluded.role, invited_at = excluded.invited_at,"
            " accepted_at = NULL, ended_at = NULL"
            " WHERE membership.accepted_at IS NULL OR membership.ended_at IS NOT NULL",
            account_id,
            structure.id,
            form.role,
            platform.clock.now(),
        )
        if not written:
            raise Refused(_("Cette personne est déjà dans l’équipe."), field="email")
        if form.role == "advisor" or form.holds:
            await ensure_advisor(platform, account_id, form.name)
        await _record(platform, user, structure.id, account_id, "member.invited", role=form.role)
    return account_id


async def invite_again(
    platform: Platform, user: CurrentUser, structure: Managed, account_id: UUID
) -> None:
    """Makes a fresh link for someone who has not accepted yet; the former is worthless. Raises `NotFound`."""
    async with platform.db.atomic():
        renewed = await platform.db.execute(
            "UPDATE membership SET invited_at = $3 WHERE account = $1 AND structure = $2"
            " AND accepted_at IS NULL AND ended_at IS NULL",
            account_id,
            structure.id,
            platform.clock.now(),
        )
        if not renewed:
            raise NotFound("nobody who is invited")
        await _record(platform, user, structure.id, account_id, "member.invited_again")


def invitation_path(
    platform: Platform, account_id: UUID, structure_id: UUID, invited_at: datetime | None
) -> str:
    """The path of an invitation's link; empty once it is too old, or when none was made."""
    if invited_at is None or invited_at + LIFE <= platform.clock.now():
        return ""
    raw = account_id.bytes + structure_id.bytes + _micros(invited_at).to_bytes(10, "big")
    body = urlsafe_b64encode(raw).decode()
    return f"/invitation/{body}{platform.keys.sign(_PURPOSE, body)}"


async def read_invitation(platform: Platform, token: str) -> Invitation:
    """The invitation behind a link. Raises `NotFound` when it is forged, used, replaced, too old or withdrawn."""
    body, signature = token[:_BODY], token[_BODY:]
    if not token.isascii() or not platform.keys.check(_PURPOSE, body, signature):
        raise NotFound("this link was not made here")
    raw = urlsafe_b64decode(body)
    found = await platform.db.struct(
        Invitation,
        "SELECT c.id AS account_id, s.id AS structure_id, s.name AS structure, c.name, c.email, m.role,"
        " c.password_hash IS NOT NULL AS has_password, m.invited_at"
        " FROM membership m JOIN account c ON c.id = m.account AND c.disabled_at IS NULL"
        " JOIN structure s ON s.id = m.structure"
        " WHERE m.account = $1 AND m.structure = $2 AND m.accepted_at IS NULL AND m.ended_at IS NULL"
        "  AND m.invited_at > $3",
        UUID(bytes=raw[:16]),
        UUID(bytes=raw[16:32]),
        platform.clock.now() - LIFE,
    )
    if found is None or _micros(found.invited_at) != int.from_bytes(raw[32:], "big"):
        raise NotFound("this invitation was used, replaced, withdrawn or is too old")
    return found


async def accept(platform: Platform, invitation: Invitation, password: str = "") -> None:
    """Takes one's place in the structure; an account without a password gets this one. The slots follow.

    Raises `Refused` (field `password`) for one that would be guessed, `NotFound` when the link was used meanwhile.
    """
    async with platform.db.atomic():
        has_password: bool = await platform.db.fetch_value(
            "SELECT password_hash IS NOT NULL FROM account WHERE id = $1 FOR UPDATE",
            invitation.account_id,
        )
        taken = await platform.db.execute(
            "UPDATE membership SET accepted_at = $4 WHERE account = $1 AND structure = $2 AND invited_at = $3"
            " AND accepted_at IS NULL AND ended_at IS NULL",
            invitation.account_id,
            invitation.structure_id,
            invitation.invited_at,
            platform.clock.now(),
        )
        if not taken or has_password != invitation.has_password:
            raise NotFound("this invitation, or another of the same person, was used meanwhile")
        if not has_password:
            await accounts.set_password(platform, invitation.account_id, password)
        await audit.record(
            platform,
            None,
            "member.accepted",
            structure_id=invitation.structure_id,
            target=str(invitation.account_id),
        )
        advisors = await platform.db.fetch(
            "SELECT id FROM advisor WHERE account = $1", invitation.account_id
        )
        await refresh(platform, [row["id"] for row in advisors])


def _micros(at: datetime) -> int:
    """A moment as a whole number: what the database keeps of it."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


async def _record(
    platform: Platform,
    user: CurrentUser,
    structure_id: UUID,
    account_id: UUID,
    action: str,
    **detail: str,
) -> None:
    await audit.record(
        platform,
        user,
        action,
        structure_id=structure_id,
        target=str(account_id),
        detail=detail,
    )
