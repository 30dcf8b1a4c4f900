"""The core's own channels, and the preparation of meetings after a booking."""

from functools import partial
from typing import Any

import msgspec

from core.booking import views
from core.contracts.booking import AppointmentView, ChannelMode, InterviewChannel, Meeting
from core.contracts.context import PluginContext
from core.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    Event,
)
from core.errors import SoMobiliteError
from core.extension.board import Owned
from core.platform import Platform, platform_behind


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
    """Asks the appointment's channel to make the meeting ready, after the booking is certain.

    A channel is asked even when its plugin has been switched off since: existing appointments keep their channel. A
    channel that fails makes the event retry; meanwhile the youth reads "link to follow".
    """

    key = "core:prepare_meeting"

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Prepares what is coming, releases what was given up."""
        platform = platform_behind(context)
        if not isinstance(event, AppointmentBooked | AppointmentChanged | AppointmentCancelled):
            return
        view = await views.read_view(platform, event.appointment_id)
        if isinstance(event, AppointmentChanged):
            await _release_former(platform, view, event.sequence)
        if isinstance(event, AppointmentCancelled):
            await _ask(platform, view, "release")
        elif view.status == "booked":
            meeting = await _ask(platform, view, "prepare")
            await platform.db.execute(
                "UPDATE appointment SET meeting = $3 WHERE id = $1 AND sequence = $2",
                view.id,
                view.sequence,
                meeting,
            )


async def _release_former(platform: Platform, view: AppointmentView, sequence: int) -> None:
    """Gives up the meeting of the channel that the change of this number left, if it left one."""
    former = await platform.db.fetch_one(
        "SELECT before ->> 'channel' AS channel, before -> 'meeting' AS meeting FROM appointment_change"
        " WHERE appointment = $1 AND sequence = $2 AND before ->> 'channel' <> $3",
        view.id,
        sequence,
        view.channel,
    )
    if former is not None:
        left = msgspec.structs.replace(
            view,
            channel=former["channel"],
            meeting=former["meeting"] and msgspec.convert(former["meeting"], Meeting),
        )
        await _ask(platform, left, "release")


async def _ask(platform: Platform, view: AppointmentView, what: str) -> Any:
    """Calls `prepare` or `release` of the view's channel. Raises when it is not loaded or fails."""
    owned: Owned[InterviewChannel] | None = platform.board.channels.get(view.channel)
    if owned is None:
        raise SoMobiliteError(f"the plugin of the channel {view.channel!r} is not loaded")
    snapshot = await platform.plugins.current()
    own_context = platform.context(owned.plugin_id, snapshot, view.structure.id)
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "interview_channel",
        partial(getattr(owned.item, what), own_context, view),
        Meeting if what == "prepare" else None,
    )
    if not outcome.ok:
        raise SoMobiliteError(f"{owned.plugin_id} could not {what} a meeting: {outcome.problem}")
    return outcome.value
