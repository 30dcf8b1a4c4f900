"""What was written is personal: it is shown to whom it is of, and goes when the people do."""

from collections.abc import Sequence

from hookspecs import Holding, PluginContext, Traces, _, moment

from .room import Message, read


class Conversations:
    """Rooms and messages, found by their appointments."""

    key = "chat_interviews:conversations"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the rooms, and with them what was said in them."""
        await context.services.database.execute(
            "DELETE FROM chat_interviews_room WHERE appointment = ANY($1)",
            list(traces.appointment_ids),
        )

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """Each conversation of the youth, with what the advisor answered: it was said to them."""
        held = []
        for appointment_id in traces.appointment_ids:
            messages = await read(context, appointment_id, most=None)
            if messages:
                lines = tuple(_line(message) for message in messages)
                held.append(
                    Holding(title=_("Votre entretien par écrit"), lines=lines, data=messages)
                )
        return held


def _line(message: Message) -> tuple[str, str]:
    who = _("Votre conseiller ou conseillère") if message.by_advisor else _("Vous")
    return f"{who}, {moment(message.said_at)}", message.text
