"""Someone leaves a structure: first their appointments there, then their place, their openings and their slots."""

from collections.abc import Sequence
from uuid import UUID

from core.accounts.access import CurrentUser
from core.agenda.closing import close_supply
from core.booking.views import list_views
from core.contracts.booking import AppointmentView
from core.errors import Conflict
from core.network.managed import Managed, lock_structure
from core.network.team import Member, ensure_another_manager, read_member
from core.platform import Platform
from core.privacy import audit
from core.storage.locks import lock_advisor
from core.web.i18n import ngettext


async def list_coming(
    platform: Platform, structure: Managed, member: Member
) -> Sequence[AppointmentView]:
    """The appointments that someone still has to hold in the structure, by start."""
    if member.advisor_id is None:
        return []
    rows = await platform.db.fetch(
        "SELECT id FROM appointment WHERE advisor = $1 AND structure = $2 AND status = 'booked' AND ends_at > $3",
        member.advisor_id,
        structure.id,
        platform.clock.now(),
    )
    return await list_views(platform, [row["id"] for row in rows])


async def end_membership(
    platform: Platform, user: CurrentUser, structure: Managed, account_id: UUID
) -> None:
    """Ends someone's place: their openings there close, their slots go, and they no longer see anything of it.

    Raises `Conflict` while they have appointments to come there, `Refused` for the last manager, `NotFound`.
    """
    async with platform.db.atomic():
        await lock_structure(platform, structure.id)
        member = await read_member(platform, structure, account_id)
        await ensure_another_manager(platform, structure, member)
        if member.advisor_id is not None:
            # From here on nobody books them: who waited for this lock finds no slot any more.
            await lock_advisor(platform.db, member.advisor_id)
            await _ensure_nothing_coming(platform, structure, member)
        await platform.db.execute(
            "UPDATE membership SET ended_at = $3 WHERE account = $1 AND structure = $2",
            account_id,
            structure.id,
            platform.clock.now(),
        )
        if member.advisor_id is not None:
            await close_supply(
                platform,
                member.advisor_id,
                structure.id,
                everywhere=not await _works_elsewhere(platform, account_id),
            )
        await audit.record(
            platform, user, "member.ended", structure_id=structure.id, target=str(account_id)
        )


async def _ensure_nothing_coming(platform: Platform, structure: Managed, member: Member) -> None:
    coming = len(await list_coming(platform, structure, member))
    if coming:
        raise Conflict(
            ngettext(
                "%(name)s a encore un rendez-vous à venir ici : décidez d’abord de ce qu’il devient.",
                "%(name)s a encore %(num)d rendez-vous à venir ici : décidez d’abord de ce que chacun devient.",
                coming,
            )
            % {"name": member.name, "num": coming}
        )


async def _works_elsewhere(platform: Platform, account_id: UUID) -> bool:
    found: bool = await platform.db.fetch_value(
        "SELECT EXISTS (SELECT FROM membership WHERE account = $1 AND ended_at IS NULL)", account_id
    )
    return found
