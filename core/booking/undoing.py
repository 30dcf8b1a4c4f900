"""Taking an ending back: a cancellation while its hour is still free, an outcome that was said in error."""

from uuid import UUID

import asyncpg

from core.accounts.access import CurrentUser
from core.booking.records import Record, lock_record, upcoming_of, write_change
from core.booking.search import read_bookable
from core.booking.seats import Wanted, take_seat
from core.booking.standing import Standing, announce_change
from core.booking.views import read_view
from core.contracts.booking import AppointmentView
from core.errors import Conflict, Refused
from core.platform import Platform
from core.privacy import audit
from core.storage.locks import lock_contact
from core.web.i18n import _
from core.web.templating import moment


async def reopen(platform: Platform, appointment_id: UUID, user: CurrentUser) -> AppointmentView:
    """Has a cancelled appointment stand again: same hour, advisor and way. One that stands is left as it is.

    Raises `Conflict` when its hour is past, taken or no longer offered, or when it was held; `Refused` when the youth
    has another appointment to come; `NotFound`.
    """
    free = False
    try:
        async with platform.db.atomic():
            free = await _reopen(platform, appointment_id, user)
    except asyncpg.ExclusionViolationError:
        free = False
    if not free:
        raise Conflict(
            _(
                "Cette heure n’est plus libre dans l’agenda de la personne qui devait recevoir : prenez un nouveau rendez-vous."
            )
        )
    return await read_view(platform, appointment_id)


async def _reopen(platform: Platform, appointment_id: UUID, user: CurrentUser) -> bool:
    """False when the hour is not free any more. Lock order: contact, appointment, advisor."""
    youth = await platform.db.fetch_one(
        "SELECT y.name, y.email, y.birth_date FROM appointment a JOIN youth y ON y.id = a.youth WHERE a.id = $1",
        appointment_id,
    )
    if youth is not None and youth["email"]:
        await lock_contact(platform.db, youth["email"])
    record = await lock_record(platform, appointment_id)
    if record.status == "booked":
        return True
    _ensure_cancelled_ahead(platform, record)
    assert youth is not None
    other = await upcoming_of(platform, **dict(youth)) if youth["email"] else None
    if other is not None:
        raise Refused(
            _("Cette personne a pris un autre rendez-vous depuis, %(moment)s.")
            % {"moment": moment(other.starts_at)}
        )
    wanted = Wanted(
        structure_id=record.structure,
        starts_at=record.starts_at,
        channels=[record.channel],
        site_id=record.site,
        only=record.advisor,
    )
    if await take_seat(platform, wanted) is None:
        return False
    await platform.db.execute(
        "UPDATE appointment SET status = 'booked', cancel_reason = '', cancel_kind = '', cancelled_at = NULL, meeting = NULL,"
        " sequence = sequence + 1 WHERE id = $1",
        record.id,
    )
    structure = await read_bookable(platform, structure_id=record.structure)
    standing = Standing(record=record, structure=structure, user=user)
    await announce_change(platform, standing, "reopened")
    await _audit(platform, user, record, "appointment.reopened")
    return True


def _ensure_cancelled_ahead(platform: Platform, record: Record) -> None:
    if not record.status.startswith("cancelled"):
        raise Conflict(_("Ce rendez-vous n’est pas annulé : il n’y a rien à rétablir."))
    if record.starts_at <= platform.clock.now():
        raise Conflict(_("Son heure est passée : il ne peut plus être rétabli."))


async def reset_outcome(platform: Platform, appointment_id: UUID, user: CurrentUser) -> None:
    """Takes back what was said of an appointment that was held or missed: it is to be filled in again.

    Where nothing was said, nothing changes. Raises `Conflict` when it was cancelled, `NotFound`.
    """
    async with platform.db.atomic():
        record = await lock_record(platform, appointment_id)
        if record.status == "booked":
            return
        if record.status.startswith("cancelled"):
            raise Conflict(
                _("Ce rendez-vous a été annulé : il n’y a rien à remettre à renseigner.")
            )
        await platform.db.execute(
            "UPDATE appointment SET status = 'booked' WHERE id = $1", record.id
        )
        await write_change(platform, record, "reset", sequence=record.sequence, user=user)
        await _audit(platform, user, record, "appointment.reset")


async def _audit(platform: Platform, user: CurrentUser, record: Record, action: str) -> None:
    """Keeps what is done to someone else's appointment."""
    if user.advisor_id != record.advisor:
        await audit.record(
            platform, user, action, structure_id=record.structure, target=str(record.id)
        )
