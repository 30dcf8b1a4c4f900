"""Bookings that a worker of another body makes for a youth: who made it is kept, and the youth is asked whether it suits.

The worker learns that it is booked, and nothing else of the youth. When the youth does not answer, the appointment is kept
unless the region says otherwise: those who are sent to us are often those who read no messages, and with a lead time of two
days nobody could book an hour that is given back on the eve. The advisor sees it in time, and calls.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.booking import alikes
from core.booking.endings import release
from core.booking.holds import Hold
from core.booking.records import lock_record
from core.booking.referral_links import ReferralLink, ensure_open
from core.booking.rules import is_email, phone_e164
from core.booking.service import AlreadyBooked, Applicant, Booked, book
from core.errors import NotFound, Refused
from core.platform import Platform
from core.web.i18n import _


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """Who books for the youth, and how the advisor may reach them: one of the two at least."""

    name: str
    email: str = ""
    phone: str = ""


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """Where an appointment comes from, when a worker of another body made it."""

    appointment_id: UUID
    body: str
    worker_name: str
    worker_email: str
    worker_phone: str
    made_at: datetime
    agreed_at: datetime | None = None


async def refer(
    platform: Platform, link: ReferralLink, worker: Worker, hold: Hold, applicant: Applicant
) -> Booked:
    """Books the slot of a hold for a youth; asked again for the same hold, finds what was booked.

    Raises `NotFound` for a structure that is not the link's, `Refused` when nobody can reach the worker or when the youth has
    an appointment already, and what `ensure_open` and `book` raise.
    """
    if link.structure_id not in (None, hold.structure):
        raise NotFound("not a structure of this link")
    ensure_open(platform, link)
    _ensure_reachable(worker)
    try:
        async with platform.db.atomic():
            booked = await book(platform, hold, applicant, origin="referral")
            if not booked.again:
                await _keep(platform, link, worker, booked.appointment_id)
    except AlreadyBooked as question:
        # The hour of it is for the youth to know.
        message = _(
            "Cette personne a déjà un rendez-vous à venir : elle peut le déplacer elle-même, par le lien de sa confirmation."
        )
        raise Refused(message) from question
    return booked


def _ensure_reachable(worker: Worker) -> None:
    if worker.email and not is_email(worker.email):
        message = _(
            "Cette adresse e-mail n’est pas valable. Écrivez-la par exemple nom@exemple.fr."
        )
        raise Refused(message, field="worker_email")
    if worker.phone and phone_e164(worker.phone) is None:
        message = _("Ce numéro n’est pas valable. Écrivez-le par exemple 06 12 34 56 78.")
        raise Refused(message, field="worker_phone")
    if not worker.email and not worker.phone:
        message = _("Laissez un e-mail ou un numéro où vous joindre.")
        raise Refused(message, field="worker_email")


async def _keep(
    platform: Platform, link: ReferralLink, worker: Worker, appointment_id: UUID
) -> None:
    """Keeps the origin, and whether the structure knows somebody who may be the same person."""
    alike = await alikes.find_alike(platform, appointment_id)
    await platform.db.execute(
        "INSERT INTO referral (appointment, link, body, worker_name, worker_email, worker_phone, made_at, alike,"
        " alike_state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        appointment_id,
        link.id,
        link.body,
        worker.name,
        worker.email,
        phone_e164(worker.phone) or "",
        platform.clock.now(),
        alike,
        "open" if alike else None,
    )
    await platform.db.execute(
        "UPDATE appointment_change SET actor = 'referrer' WHERE appointment = $1 AND kind = 'booked'",
        appointment_id,
    )


async def read_referral(platform: Platform, appointment_id: UUID) -> Referral | None:
    """Who made an appointment for the youth; None when it was not made so."""
    return await platform.db.struct(
        Referral,
        "SELECT appointment AS appointment_id, body, worker_name, worker_email, worker_phone, made_at, agreed_at"
        " FROM referral WHERE appointment = $1",
        appointment_id,
    )


async def release_unanswered(platform: Platform) -> None:
    """Gives back what no youth agreed to in time, where the region wants that.

    An appointment that was made later than that limit is left alone: there was no time to answer.
    """
    rules = platform.settings.booking
    if rules.referral_unanswered != "release":
        return
    now, limit = platform.clock.now(), timedelta(hours=rules.referral_answer_hours)
    rows = await platform.db.fetch(
        "SELECT a.id FROM referral r JOIN appointment a ON a.id = r.appointment"
        " WHERE r.agreed_at IS NULL AND a.status = 'booked' AND a.starts_at > $1 AND a.starts_at <= $1 + $2::interval"
        " AND r.made_at < a.starts_at - $2::interval ORDER BY a.starts_at, a.id",
        now,
        limit,
    )
    for row in rows:
        await _release(platform, row["id"])


async def _release(platform: Platform, appointment_id: UUID) -> None:
    """Unless the youth has answered meanwhile."""
    async with platform.db.atomic():
        record = await lock_record(platform, appointment_id)
        agreed = await platform.db.fetch_value(
            "SELECT agreed_at FROM referral WHERE appointment = $1 FOR UPDATE", appointment_id
        )
        if record.status == "booked" and agreed is None:
            reason = _("Nous n’avons pas reçu de réponse pour savoir si ce moment convenait.")
            await release(platform, record, reason)
