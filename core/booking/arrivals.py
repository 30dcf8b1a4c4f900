"""The day itself: the youth has arrived, is late, or cannot come. Said once, seen at once by who waits.

What is said belongs to one hour of the appointment: after a move nothing is known any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking.records import Record, lock_record
from core.errors import Conflict, Refused
from core.live import CHANNEL
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

ARRIVES_BEFORE = timedelta(minutes=30)
"""How long before the hour one may say to be there."""
LATE_BEFORE = timedelta(hours=2)
"""How long before the hour one may say to be late: earlier, one moves the appointment."""
DELAYS = (5, 10, 15, 20, 30)
"""In minutes, the delays that one may announce."""


class DayWord(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the day, about the hour at which the appointment is now."""

    appointment_id: UUID
    arrived_at: datetime | None = None
    arrived_by: Literal["youth", "staff"] | None = None
    late_minutes: int | None = None
    cannot_come: bool = False


def may_arrive(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether one may say to be there: shortly before the hour, and until the end."""
    return starts_at - ARRIVES_BEFORE <= now < ends_at


def may_be_late(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether one may announce a delay."""
    return starts_at - LATE_BEFORE <= now < ends_at


async def read_day_word(platform: Platform, appointment_id: UUID) -> DayWord:
    """What was said about an appointment; nothing, when nothing was."""
    found = await list_day_words(platform, [appointment_id])
    return found.get(appointment_id, DayWord(appointment_id=appointment_id))


async def list_day_words(platform: Platform, ids: Sequence[UUID]) -> dict[UUID, DayWord]:
    """What was said about these appointments, by id; one query."""
    found = await platform.db.structs(
        DayWord,
        "SELECT w.appointment AS appointment_id, w.arrived_at, w.arrived_by, w.late_minutes, w.cannot_come"
        " FROM day_word w JOIN appointment a ON a.id = w.appointment AND a.starts_at = w.starts_at"
        " WHERE w.appointment = ANY($1::uuid[])",
        list(ids),
    )
    return {word.appointment_id: word for word in found}


async def arrive(
    platform: Platform, appointment_id: UUID, *, user: CurrentUser | None = None
) -> None:
    """The youth is there: said by the youth, or by a member of staff who sees them. Said again, changes nothing.

    Raises `Refused` before half an hour ahead of the hour, `Conflict` when nobody is expected any more, `NotFound`.
    """
    async with platform.db.atomic():
        record = await _expected(platform, appointment_id)
        now = platform.clock.now()
        if not may_arrive(record.starts_at, record.ends_at, now):
            raise Refused(_("C’est un peu tôt : dites-le dans la demi-heure qui précède."))
        before = await read_day_word(platform, appointment_id)
        if before.arrived_at is not None:
            return
        by = "staff" if user else "youth"
        await _write(platform, record, arrived_at=now, arrived_by=by, cannot_come=False)
        if user is not None:
            await _trace(platform, record, user, "appointment.arrived")


async def undo_arrival(platform: Platform, appointment_id: UUID, user: CurrentUser) -> None:
    """It was somebody else. Raises `Conflict` when nobody is expected any more, `NotFound`."""
    async with platform.db.atomic():
        record = await _expected(platform, appointment_id)
        await _write(platform, record, arrived_at=None, arrived_by=None)
        await _trace(platform, record, user, "appointment.arrival_undone")


async def announce_delay(platform: Platform, appointment_id: UUID, minutes: int) -> None:
    """The youth comes so many minutes late; said again, the last word counts.

    Raises `Refused` for another number than those offered or too early, `Conflict`, `NotFound`.
    """
    if minutes not in DELAYS:
        raise Refused(_("Choisissez un retard dans la liste."), field="minutes")
    async with platform.db.atomic():
        record = await _expected(platform, appointment_id)
        if not may_be_late(record.starts_at, record.ends_at, platform.clock.now()):
            raise Refused(_("Il est encore temps de déplacer votre rendez-vous."), field="minutes")
        await _write(platform, record, late_minutes=minutes, cannot_come=False)


async def announce_absence(platform: Platform, appointment_id: UUID) -> None:
    """The youth cannot come, too late to cancel: the advisor knows, and the appointment stands until they close it.

    Raises `Conflict` when nobody is expected any more, `NotFound`.
    """
    async with platform.db.atomic():
        record = await _expected(platform, appointment_id)
        await _write(
            platform, record, cannot_come=True, late_minutes=None, arrived_at=None, arrived_by=None
        )


async def _expected(platform: Platform, appointment_id: UUID) -> Record:
    """The appointment, locked, as long as somebody is expected."""
    record = await lock_record(platform, appointment_id)
    if record.status != "booked" or record.ends_at <= platform.clock.now():
        raise Conflict(_("Ce rendez-vous n’est plus à venir."))
    return record


async def _write(platform: Platform, record: Record, **said: Any) -> None:
    """Keeps what is said now beside what was said before about the same hour."""
    before = await read_day_word(platform, record.id)
    word = msgspec.structs.replace(before, **said)
    await platform.db.execute(
        "INSERT INTO day_word (appointment, starts_at, arrived_at, arrived_by, late_minutes, cannot_come, told_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (appointment) DO UPDATE SET starts_at = excluded.starts_at,"
        " arrived_at = excluded.arrived_at, arrived_by = excluded.arrived_by, late_minutes = excluded.late_minutes,"
        " cannot_come = excluded.cannot_come, told_at = excluded.told_at",
        record.id,
        record.starts_at,
        word.arrived_at,
        word.arrived_by,
        word.late_minutes,
        word.cannot_come,
        platform.clock.now(),
    )
    platform.db.wake(CHANNEL)


async def _trace(platform: Platform, record: Record, user: CurrentUser, action: str) -> None:
    await audit.record(platform, user, action, structure_id=record.structure, target=str(record.id))
