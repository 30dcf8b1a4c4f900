"""The core's own slot provider (openings) and busy source (absences)."""

from collections.abc import Sequence

from core.contracts.agenda import BusyAnswer, OpenTime, SlotQuery
from core.contracts.context import PluginContext


class OpeningProvider:
    """Openings that advisors enter here."""

    key = "core:openings"
    label = "Plages d’ouverture"

    async def list_open(self, context: PluginContext, query: SlotQuery) -> Sequence[OpenTime]:
        """Open time of the asked advisors."""
        return []


class AbsenceSource:
    """Absences that advisors enter here."""

    key = "core:absences"
    label = "Absences"

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the asked advisors."""
        return BusyAnswer()
