"""Messages that were kept here name people: they are shown to them, and go with them."""

from collections.abc import Sequence

from hookspecs import Holding, PluginContext, Traces, _


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

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """The copies of what was written to the youth about their appointments."""
        rows = await context.services.database.fetch(
            "SELECT subject, recipient, kept_at, convert_from(content, 'UTF8') AS message FROM notifications_email_message"
            " WHERE appointment = ANY($1::uuid[]) AND audience = 'youth' ORDER BY kept_at, id",
            list(traces.appointment_ids),
        )
        if not rows:
            return []
        return [
            Holding(
                title=_("E-mails gardés sur la plateforme"),
                lines=tuple((row["recipient"], row["subject"]) for row in rows),
                data=[dict(row) for row in rows],
            )
        ]
