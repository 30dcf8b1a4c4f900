"""Messages that were kept here name people: they go with them."""

from hookspecs import PluginContext, Traces


class KeptMessages:
    """The copies of the outbox page."""

    key = "notifications_email:kept"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the copies about their appointments, and those that went to their addresses."""
        await context.services.database.execute(
            "DELETE FROM notifications_email_message WHERE appointment = ANY($1::uuid[])"
            " OR EXISTS (SELECT FROM unnest($2::text[]) AS one (email) WHERE strpos(lower(recipient), email) > 0)",
            list(traces.appointment_ids),
            list(traces.emails),
        )
