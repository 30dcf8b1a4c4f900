"""Messages that were kept here name people: they go with them."""

from collections.abc import Sequence
from uuid import UUID

from hookspecs import PluginContext


class KeptMessages:
    """The copies of the outbox page."""

    key = "notifications_email:kept"

    async def erase(self, context: PluginContext, appointment_ids: Sequence[UUID]) -> None:
        """Removes the copies about these appointments."""
        await context.services.database.execute(
            "DELETE FROM notifications_email_message WHERE appointment = ANY($1::uuid[])",
            list(appointment_ids),
        )
