"""How an appointment ends: cancelled by one side, or closed with what came of it."""

from typing import Literal
from uuid import UUID

from core.accounts.access import CurrentUser
from core.booking.records import Record, lock_record, write_change
from core.booking.standing import ensure_changeable
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.contracts.events import AppointmentCancelled, InterviewClosed
from core.errors import Conflict, Refused
from core.extension.events import emit
from core.platform import Platform
from core.web.i18n import _

Outcome = Literal["honoured", "no_show"]


async def cancel(
    platform: Platform,
    appointment_id: UUID,
    *,
    user: CurrentUser | None = None,
    reason: str = "",
    kind: str = "",
    asked_by_youth: bool = False,
) -> AppointmentView:
    """Cancels; a second time changes nothing. By the structure when a user says so, else (or on their behalf) by the youth.

    `kind` is an id of the taxonomy's `cancel_reasons` or `VIDEO_INSTEAD`, `reason` a word. Raises `Refused` when it is too late for the youth (with
    the structure's phone) or when it was held, `NotFound`.
    """
    async with platform.db.atomic():
        record = await lock_record(platform, appointment_id)
        if not record.status.startswith("cancelled"):
            phone = await platform.db.fetch_value(
                "SELECT phone FROM structure WHERE id = $1", record.structure
            )
            ensure_changeable(platform, record, phone, user)
            by_structure = user is not None and not asked_by_youth
            status = "cancelled_by_structure" if by_structure else "cancelled_by_youth"
            await _give_up(platform, record, status, user=user, reason=reason, kind=kind)
    return await read_view(platform, appointment_id)


async def release(platform: Platform, record: Record, reason: str) -> None:
    """Gives back the hour of a booked appointment, locked by the caller: the platform does it, for the structure."""
    status = "cancelled_by_structure"
    await _give_up(platform, record, status, user=None, reason=reason, actor="platform")


async def _give_up(
    platform: Platform,
    record: Record,
    status: str,
    *,
    user: CurrentUser | None,
    reason: str,
    kind: str = "",
    actor: str = "",
) -> None:
    now, sequence = platform.clock.now(), record.sequence + 1
    await platform.db.execute(
        "UPDATE appointment SET status = $2, cancel_reason = $3, cancel_kind = $4, cancelled_at = $5, sequence = $6"
        " WHERE id = $1",
        record.id,
        status,
        reason,
        kind,
        now,
        sequence,
    )
    await write_change(platform, record, "cancelled", sequence=sequence, user=user, actor=actor)
    await emit(
        platform,
        AppointmentCancelled(
            structure_id=record.structure, at=now, appointment_id=record.id, sequence=sequence
        ),
    )


async def close_appointment(
    platform: Platform, appointment_id: UUID, outcome: Outcome, user: CurrentUser
) -> None:
    """Says what came of it; said again, changes nothing; the other outcome corrects the first.

    Raises `Conflict` when it was cancelled, `Refused` for a no-show before the hour, `NotFound`.
    """
    async with platform.db.atomic():
        record = await lock_record(platform, appointment_id)
        if record.status == outcome:
            return
        if record.status.startswith("cancelled"):
            raise Conflict(_("Ce rendez-vous a été annulé : il n’y a rien à clore."))
        now = platform.clock.now()
        if outcome == "no_show" and now < record.starts_at:
            raise Refused(_("L’heure du rendez-vous n’est pas encore venue."))
        await platform.db.execute(
            "UPDATE appointment SET status = $2 WHERE id = $1", record.id, outcome
        )
        await write_change(platform, record, "closed", sequence=record.sequence, user=user)
        await emit(
            platform,
            InterviewClosed(
                structure_id=record.structure,
                at=now,
                appointment_id=record.id,
                honoured=outcome == "honoured",
            ),
        )
