"""Plans the notices of an appointment as soon as something happens to it."""

from core.contracts.context import PluginContext
from core.contracts.events import Event
from core.notices.service import plan
from core.platform import platform_behind


class PlanNotices:
    """An event handler of the core."""

    key = "core:plan_notices"

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Writes the receipts that are due now."""
        await plan(platform_behind(context), event.appointment_id)
