"""What was written is personal: it goes when the people do."""

from hookspecs import PluginContext, Traces


class Conversations:
    """Rooms and messages, found by their appointments."""

    key = "chat_interviews:conversations"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the rooms, and with them what was said in them."""
        await context.services.database.execute(
            "DELETE FROM chat_interviews_room WHERE appointment = ANY($1)",
            list(traces.appointment_ids),
        )
