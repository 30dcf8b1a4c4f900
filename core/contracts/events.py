"""Domain events: written to the outbox in the transaction that causes them, delivered after commit, retried."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from core.contracts.context import PluginContext


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Root of the events. `structure_id` decides which structures' plugins hear it."""

    structure_id: UUID
    at: datetime


class AppointmentBooked(DomainEvent, frozen=True, kw_only=True):
    """A booking is certain."""

    appointment_id: UUID


class AppointmentChanged(DomainEvent, frozen=True, kw_only=True):
    """Moved, reassigned or another channel; `sequence` is the number after the change."""

    appointment_id: UUID
    sequence: int


class AppointmentCancelled(DomainEvent, frozen=True, kw_only=True):
    """Nobody will come."""

    appointment_id: UUID
    sequence: int


class InterviewClosed(DomainEvent, frozen=True, kw_only=True):
    """The interview was held (or the youth did not come) and the advisor closed it."""

    appointment_id: UUID
    honoured: bool


class RoadmapSent(DomainEvent, frozen=True, kw_only=True):
    """The roadmap may be read by the youth."""

    appointment_id: UUID


class FollowUpWritten(DomainEvent, frozen=True, kw_only=True):
    """The thread of an interview changed: a word of the youth's or of the structure's, help that is asked for, its end."""

    appointment_id: UUID


class PluginTurned(DomainEvent, frozen=True, kw_only=True):
    """A structure has a plugin from now on, or no more: told to that plugin's own reactions, and to nobody else."""

    plugin_id: str
    is_on: bool


Event = (
    AppointmentBooked
    | AppointmentChanged
    | AppointmentCancelled
    | InterviewClosed
    | RoadmapSent
    | FollowUpWritten
)


class EventHandler(Protocol):
    """Reacts to events, after commit. At least once: handling twice must do no harm. An exception means retry."""

    key: str

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Reacts to `event`."""
        ...
