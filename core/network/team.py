"""The people of a structure: who is in, who is invited, who left, what each is, and why one has no public slot."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.service import refresh
from core.errors import NotFound, Refused
from core.network.managed import Managed, lock_structure
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

Role = Literal["advisor", "manager"]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a structure. `advisor_id` is None for who holds no interviews; `coming` counts theirs here, ahead."""

    account_id: UUID
    name: str
    email: str
    role: Role
    advisor_id: UUID | None
    trained_on: date | None
    invited_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    coming: int

    @property
    def state(self) -> Literal["in", "invited", "left"]:
        """Where they are with the structure."""
        if self.ended_at is not None:
            return "left"
        return "in" if self.accepted_at is not None else "invited"


_MEMBERS = """
    SELECT c.id AS account_id, coalesce(a.display_name, c.name) AS name, c.email, m.role, a.id AS advisor_id,
        a.trained_on, m.invited_at, m.accepted_at, m.ended_at,
        (SELECT count(*) FROM appointment p WHERE p.advisor = a.id AND p.structure = m.structure
            AND p.status = 'booked' AND p.ends_at > $2) AS coming
    FROM membership m JOIN account c ON c.id = m.account LEFT JOIN advisor a ON a.account = m.account
    WHERE m.structure = $1
"""


async def list_members(platform: Platform, structure: Managed) -> Sequence[Member]:
    """Everyone who is, was or may be of the structure: managers first, then by name; those who left last."""
    return await platform.db.structs(
        Member,
        f"{_MEMBERS} ORDER BY m.ended_at IS NOT NULL, m.role DESC, fold(c.name), c.id",
        structure.id,
        platform.clock.now(),
    )


async def read_member(platform: Platform, structure: Managed, account_id: UUID) -> Member:
    """One person who is in or invited. Raises `NotFound`."""
    member = await platform.db.struct(
        Member,
        f"{_MEMBERS} AND c.id = $3 AND m.ended_at IS NULL",
        structure.id,
        platform.clock.now(),
        account_id,
    )
    if member is None:
        raise NotFound("nobody of this structure")
    return member


def why_no_slot(structure: Managed, member: Member) -> list[str]:
    """Why youths cannot book them here, whatever their openings; nothing when they can."""
    if member.advisor_id is None or member.state == "left":
        return []
    reasons = {
        _("invitation pas encore acceptée"): member.state == "invited",
        _("formation à valider"): member.trained_on is None or member.trained_on > structure.today,
        _("structure pas ouverte au public"): structure.status != "active",
        _("pas de convention active cette année"): not structure.agreed,
    }
    return [words for words, holds in reasons.items() if holds]


async def change_role(
    platform: Platform, user: CurrentUser, structure: Managed, account_id: UUID, role: Role
) -> None:
    """Makes someone a manager, or an advisor again, who then has an agenda.

    Raises `Refused` for the last manager of the structure, `NotFound`.
    """
    async with platform.db.atomic():
        await lock_structure(platform, structure.id)
        member = await read_member(platform, structure, account_id)
        if member.role == role:
            return
        if role == "advisor":
            await ensure_another_manager(platform, structure, member)
            await ensure_advisor(platform, account_id, member.name)
        await platform.db.execute(
            "UPDATE membership SET role = $3 WHERE account = $1 AND structure = $2",
            account_id,
            structure.id,
            role,
        )
        await _record(platform, user, structure, account_id, "member.role_changed", role=role)


async def ensure_another_manager(platform: Platform, structure: Managed, member: Member) -> None:
    """Raises `Refused` when the structure would have no manager any more. Holds only under the structure's lock."""
    if member.role != "manager" or member.state != "in":
        return
    others = await platform.db.fetch_value(
        "SELECT count(*) FROM membership m JOIN account c ON c.id = m.account AND c.disabled_at IS NULL"
        " WHERE m.structure = $1 AND m.account <> $2 AND m.role = 'manager'"
        "  AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL",
        structure.id,
        member.account_id,
    )
    if not others:
        raise Refused(
            _(
                "C’est la dernière personne référente (%(structure)s) : nommez-en une autre d’abord, qui ait accepté son"
                " invitation."
            )
            % {"structure": structure.name}
        )


async def ensure_advisor(platform: Platform, account_id: UUID, name: str) -> None:
    """Gives someone an agenda, unless they have one."""
    await platform.db.execute(
        "INSERT INTO advisor (id, account, display_name) VALUES ($1, $2, $3) ON CONFLICT (account) DO NOTHING",
        uuid4(),
        account_id,
        name,
    )


async def set_training(
    platform: Platform,
    user: CurrentUser,
    structure: Managed,
    account_id: UUID,
    trained_on: date | None,
) -> None:
    """Says when someone's training was validated, or (None) that it is not; the slots follow.

    Raises `Refused` (field `trained_on`) for a day to come, `NotFound` for who holds no interviews.
    """
    if trained_on is not None and trained_on > structure.today:
        raise Refused(
            _("Ce jour n’est pas encore venu : la formation se valide une fois suivie."),
            field="trained_on",
        )
    async with platform.db.atomic():
        member = await read_member(platform, structure, account_id)
        if member.advisor_id is None:
            raise NotFound("holds no interviews")
        await platform.db.execute(
            "UPDATE advisor SET trained_on = $2 WHERE id = $1", member.advisor_id, trained_on
        )
        said = str(trained_on or "")
        await _record(platform, user, structure, account_id, "member.trained", trained_on=said)
        await refresh(platform, [member.advisor_id])


async def _record(
    platform: Platform,
    user: CurrentUser,
    structure: Managed,
    account_id: UUID,
    action: str,
    **detail: str,
) -> None:
    await audit.record(
        platform,
        user,
        action,
        structure_id=structure.id,
        target=str(account_id),
        detail=detail,
    )
