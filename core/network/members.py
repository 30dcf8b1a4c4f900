"""People of a structure."""

from typing import Literal
from uuid import UUID, uuid4

from core.clock import local_date
from core.errors import NotFound
from core.network.tables import AdvisorRow, MembershipRow, Structure
from core.platform import Platform
from core.privacy import audit


async def add_member(
    platform: Platform,
    account_id: UUID,
    slug: str,
    *,
    role: Literal["advisor", "manager"],
    name: str,
    trained: bool,
) -> None:
    """Gives an account its place in the structure `slug`, accepted at once; an advisor gets an agenda.

    Raises `NotFound` for an unknown structure.
    """
    structure = await Structure.select(Structure.id).where(Structure.slug == slug).first()
    if structure is None:
        raise NotFound(f"no structure has the slug {slug!r}; /reseau lists them")
    now = platform.clock.now()
    async with platform.db.atomic():
        await MembershipRow.insert(
            MembershipRow(account=account_id, structure=structure["id"], role=role, accepted_at=now)
        )
        if role == "advisor":
            await AdvisorRow.insert(
                AdvisorRow(
                    id=uuid4(),
                    account=account_id,
                    display_name=name,
                    trained_on=local_date(now, platform.zone) if trained else None,
                )
            )
        await audit.record(
            platform,
            None,
            "member.added",
            structure_id=structure["id"],
            target=str(account_id),
            detail={"role": role},
        )
