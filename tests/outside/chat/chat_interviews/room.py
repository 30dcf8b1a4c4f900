"""A room: two doors, and what was said."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from hookspecs import AppointmentView, NotFound, PluginContext


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of the two addresses: only the platform's key leads from an appointment to them."""

    youth: str
    advisor: str


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A room as one who entered by a door sees it."""

    appointment: UUID
    by_advisor: bool
    is_open: bool


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was said."""

    by_advisor: bool
    text: str
    said_at: datetime


def doors_of(context: PluginContext, appointment: AppointmentView) -> Doors:
    """Always the same for the same appointment."""
    sign = context.services.sign
    return Doors(
        youth=sign("chat_interviews.youth", str(appointment.id)),
        advisor=sign("chat_interviews.advisor", str(appointment.id)),
    )


async def open_room(context: PluginContext, appointment: AppointmentView, doors: Doors) -> None:
    """Opens the room, or opens it again."""
    await context.services.database.execute(
        "INSERT INTO chat_interviews_room (appointment, structure, youth_door, advisor_door)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (appointment) DO UPDATE SET is_open = true",
        appointment.id,
        appointment.structure.id,
        _digest(doors.youth),
        _digest(doors.advisor),
    )


async def close_room(context: PluginContext, appointment_id: UUID) -> None:
    """Nobody writes there any more; what was said can still be read."""
    await context.services.database.execute(
        "UPDATE chat_interviews_room SET is_open = false WHERE appointment = $1", appointment_id
    )


async def enter(context: PluginContext, door: str) -> Room:
    """The room behind a door. Raises `NotFound` when there is none."""
    rooms = await context.services.database.structs(
        Room,
        "SELECT appointment, advisor_door = $1 AS by_advisor, is_open FROM chat_interviews_room"
        " WHERE youth_door = $1 OR advisor_door = $1",
        _digest(door),
    )
    if not rooms:
        raise NotFound("no such room")
    return rooms[0]


async def say(context: PluginContext, room: Room, text: str) -> None:
    """Adds a message."""
    await context.services.database.execute(
        "INSERT INTO chat_interviews_message (appointment, by_advisor, text, said_at)"
        " VALUES ($1, $2, $3, $4)",
        room.appointment,
        room.by_advisor,
        text,
        context.now,
    )


async def read(
    context: PluginContext, appointment_id: UUID, most: int | None = 200
) -> list[Message]:
    """The latest messages (`most`: None for all), in the order in which they were said."""
    found = await context.services.database.structs(
        Message,
        "SELECT by_advisor, text, said_at FROM chat_interviews_message"
        " WHERE appointment = $1 ORDER BY id DESC LIMIT $2",
        appointment_id,
        most,
    )
    return found[::-1]


def _digest(door: str) -> str:
    return sha256(door.encode()).hexdigest()
