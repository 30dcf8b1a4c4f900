"""The core's own channels, and the preparation of meetings after a booking."""

from core.contracts.booking import AppointmentView, ChannelMode, Meeting
from core.contracts.context import PluginContext
from core.contracts.events import Event


class InPerson:
    """At one of the structure's sites."""

    key = "in_person"
    label = "En personne"
    mode: ChannelMode = "in_person"
    needs_site = True

    async def prepare(self, context: PluginContext, appointment: AppointmentView) -> Meeting:
        """Nothing to make ready."""
        return Meeting()

    async def release(self, context: PluginContext, appointment: AppointmentView) -> None:
        """Nothing to give up."""


class Phone:
    """The advisor calls the youth."""

    key = "phone"
    label = "Par téléphone"
    mode: ChannelMode = "phone"
    needs_site = False

    async def prepare(self, context: PluginContext, appointment: AppointmentView) -> Meeting:
        """Nothing to make ready."""
        return Meeting()

    async def release(self, context: PluginContext, appointment: AppointmentView) -> None:
        """Nothing to give up."""


class PrepareMeeting:
    """Asks the appointment's channel to make the meeting ready, after the booking is certain."""

    key = "core:prepare_meeting"

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Prepares or releases."""
