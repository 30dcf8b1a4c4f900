"""Appointments as messages, feeds and channels need them: everything at one moment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.contracts.booking import AppointmentView
from core.platform import Platform


async def list_for_advisor(
    platform: Platform, advisor_id: UUID, starts_at: datetime, ends_at: datetime
) -> Sequence[AppointmentView]:
    """Appointments of an advisor that start in [starts_at, ends_at), cancelled ones included, by start."""
    return []
