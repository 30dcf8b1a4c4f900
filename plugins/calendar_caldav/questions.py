"""What an advisor is asked: an appointment of ours was moved or deleted in their calendar."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from hookspecs import AppointmentView, NotFound, PluginContext


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`found_at` is when the appointment begins there; None when it was deleted."""

    appointment: AppointmentView
    found_at: datetime | None

    @property
    def kind(self) -> Literal["deleted", "moved", "stretched"]:
        """What was done to it; `stretched`: it begins as before and ends otherwise."""
        if self.found_at is None:
            return "deleted"
        return "stretched" if self.found_at == self.appointment.starts_at else "moved"


async def list_questions(context: PluginContext, advisor_id: UUID) -> Sequence[Question]:
    """The open questions on coming appointments, by start."""
    rows = await context.services.database.fetch(
        "SELECT appointment, found_at FROM calendar_caldav_question WHERE advisor = $1", advisor_id
    )
    if not rows:
        return ()
    found = {row["appointment"]: row["found_at"] for row in rows}
    views = await context.services.list_appointments(
        advisor_id, context.now, context.now + timedelta(days=400)
    )
    return [
        Question(appointment=view, found_at=found[view.id])
        for view in views
        if view.id in found and view.status == "booked"
    ]


async def read_question(context: PluginContext, advisor_id: UUID, appointment_id: UUID) -> Question:
    """One of them. Raises `NotFound`, also when it has been settled."""
    for question in await list_questions(context, advisor_id):
        if question.appointment.id == appointment_id:
            return question
    raise NotFound("no such question")
