"""Who works where, for the plugins that bring open and busy time."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.agenda.desk import read_workplaces
from core.agenda.openings import channel_choices
from core.contracts.agenda import Workplace
from core.contracts.booking import SiteRef
from core.platform import Platform


async def list_advisors(platform: Platform, structure_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The advisors of these structures, invitations accepted, each with the name that youths read."""
    rows = await platform.db.fetch(
        "SELECT DISTINCT a.id, a.display_name FROM advisor a JOIN membership m ON m.account = a.account"
        " WHERE m.structure = ANY($1::uuid[]) AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL",
        list(structure_ids),
    )
    return {row["id"]: row["display_name"] for row in rows}


async def list_workplaces(platform: Platform, advisor_id: UUID) -> Sequence[Workplace]:
    """The active structures where an advisor works, by name, with enabled sites and the channels that are on."""
    snapshot = await platform.plugins.current()
    return [
        Workplace(
            structure=snapshot.structures[one.id],
            sites=tuple(SiteRef(id=site.id, name=site.name, city=site.city) for site in one.sites),
            channels=tuple(channel_choices(platform, snapshot, one.id)),
        )
        for one in await read_workplaces(platform, advisor_id)
        if one.id in snapshot.structures
    ]
