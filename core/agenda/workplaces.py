"""Where an advisor may offer slots, for the plugins that bring open time."""

from collections.abc import Sequence
from uuid import UUID

from core.agenda.desk import read_workplaces
from core.agenda.openings import channel_choices
from core.contracts.agenda import Workplace
from core.contracts.booking import SiteRef
from core.platform import Platform


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
