"""The channel: a page on which two people write to each other."""

from hookspecs import AppointmentView, ChannelMode, Meeting, PluginContext

from .room import close_room, doors_of, open_room


class InWriting:
    """For the platform it is met like a video interview: at an address, which comes by e-mail."""

    key = "chat_interviews:room"
    label = "Par écrit"
    mode: ChannelMode = "video"
    needs_site = False

    async def prepare(self, context: PluginContext, appointment: AppointmentView) -> Meeting:
        """The room, with a door for each; the same when asked again."""
        doors = doors_of(context, appointment)
        await open_room(context, appointment, doors)
        start = f"{context.services.public_url}/p/chat_interviews"
        return Meeting(
            url=f"{start}/{doors.youth}",
            host_url=f"{start}/{doors.advisor}",
            opens_minutes_before=10,
        )

    async def release(self, context: PluginContext, appointment: AppointmentView) -> None:
        """Closes the room."""
        await close_room(context, appointment.id)
