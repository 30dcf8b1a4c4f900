"""Whether an advisor is away at an hour, whatever their openings: absences and outside calendars, as a refresh asks them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.agenda.free import BusyMap
from core.agenda.projection import list_offering
from core.agenda.supply import OfferingStructure, Supply
from core.platform import Platform


async def busy_until(
    platform: Platform, advisor_ids: Sequence[UUID], until: datetime
) -> Mapping[UUID, BusyMap]:
    """The busy time of each advisor from today to `until`; who cannot be trusted to be there at all is left out.

    Left out: who may not offer slots anywhere, and whose calendar does not answer (better closed than booked twice).
    """
    snapshot = await platform.plugins.fresh()
    days = (until - platform.clock.now()).days + 1
    found = {}
    for advisor_id, offering in (await list_offering(platform, advisor_ids)).items():
        structures = [_looking_far(one, days) for one in offering]
        supply = Supply(platform, snapshot, advisor_id)
        busy = await supply.busy(structures) if structures else None
        if busy is not None:
            found[advisor_id] = BusyMap(busy)
    return found


def _looking_far(structure: OfferingStructure, days: int) -> OfferingStructure:
    """The structure, as if its horizon were so many days at least."""
    horizon = max(structure.terms.horizon_days, days)
    terms = msgspec.structs.replace(structure.terms, horizon_days=horizon)
    return msgspec.structs.replace(structure, terms=terms)
