"""The youths whom an advisor means to come back to, in their day."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from core.platform import Platform

_AHEAD = timedelta(days=3)


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to come back to, and when it was meant."""

    appointment_id: UUID
    name: str
    on: date


async def list_reminders(platform: Platform, advisor_id: UUID, today: date) -> list[Reminder]:
    """Those that are due or will be in three days, the oldest first. A date that the advisor clears, or moves, takes one away."""
    return await platform.db.structs(
        Reminder,
        "SELECT a.id AS appointment_id, y.name, i.follow_up_on AS on FROM interview i"
        " JOIN appointment a ON a.id = i.appointment JOIN youth y ON y.id = a.youth"
        " WHERE a.advisor = $1 AND i.follow_up_on <= $2 ORDER BY i.follow_up_on, y.name",
        advisor_id,
        today + _AHEAD,
    )
