"""Is it somebody whom the structure knows already? Nobody is taken for another without a person who looks.

Only a booking by a third party asks: whoever books for themself gives a birth date and an address of their own.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.errors import Conflict
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the same name who may be the same person, as the structure knows them; `last_at` is their last appointment."""

    name: str
    email: str
    phone: str
    birth_date: date | None
    last_at: datetime


async def find_alike(platform: Platform, appointment_id: UUID) -> UUID | None:
    """The youth of another appointment of the same structure, with the same name and one more thing in common."""
    found: UUID | None = await platform.db.fetch_value(
        """
        SELECT other.id FROM appointment mine JOIN youth new ON new.id = mine.youth
        JOIN appointment theirs ON theirs.structure = mine.structure
        JOIN youth other ON other.id = theirs.youth AND other.id <> new.id AND fold(other.name) = fold(new.name)
        WHERE mine.id = $1 AND ((other.phone = new.phone AND new.phone <> '')
            OR (lower(other.email) = lower(new.email) AND new.email <> '') OR other.birth_date = new.birth_date)
        ORDER BY theirs.starts_at DESC, other.id LIMIT 1
        """,
        appointment_id,
    )
    return found


async def read_alike(platform: Platform, appointment_id: UUID) -> Alike | None:
    """Who is still to be compared with the youth of an appointment; None when nobody is."""
    return await platform.db.struct(
        Alike,
        "SELECT y.name, y.email, y.phone, y.birth_date, max(theirs.starts_at) AS last_at"
        " FROM referral r JOIN appointment a ON a.id = r.appointment JOIN youth y ON y.id = r.alike"
        " JOIN appointment theirs ON theirs.youth = y.id AND theirs.structure = a.structure"
        " WHERE r.appointment = $1 AND r.alike_state = 'open' GROUP BY y.id",
        appointment_id,
    )


async def settle_alike(
    platform: Platform, user: CurrentUser, appointment_id: UUID, *, same: bool
) -> None:
    """Says whether it is the same person; then the appointment becomes theirs, and what they gave before stands.

    Only blanks are filled with what the third party said. Raises `Conflict` when it was settled already.
    """
    async with platform.db.atomic():
        row = await platform.db.fetch_one(
            "SELECT r.alike, a.youth, a.structure FROM appointment a JOIN referral r ON r.appointment = a.id"
            " WHERE a.id = $1 AND r.alike_state = 'open' AND r.alike IS NOT NULL FOR UPDATE",
            appointment_id,
        )
        if row is None:
            raise Conflict(_("C’est déjà dit : quelqu’un a comparé ces deux personnes."))
        await platform.db.execute(
            "UPDATE referral SET alike_state = $2, reviewed_by = $3 WHERE appointment = $1",
            appointment_id,
            "same" if same else "other",
            user.account_id,
        )
        if same:
            await _become(platform, appointment_id, row["youth"], row["alike"])
        await audit.record(
            platform,
            user,
            "youth.merged" if same else "youth.kept_apart",
            structure_id=row["structure"],
            target=str(appointment_id),
        )


async def _become(platform: Platform, appointment_id: UUID, new: UUID, known: UUID) -> None:
    await platform.db.execute(
        "UPDATE youth k SET email = CASE WHEN k.email = '' THEN n.email ELSE k.email END,"
        " phone = CASE WHEN k.phone = '' THEN n.phone ELSE k.phone END,"
        " birth_date = coalesce(k.birth_date, n.birth_date), commune = coalesce(k.commune, n.commune)"
        " FROM youth n WHERE k.id = $1 AND n.id = $2",
        known,
        new,
    )
    await platform.db.execute(
        "UPDATE appointment SET youth = $2 WHERE id = $1", appointment_id, known
    )
    await platform.db.execute(
        "DELETE FROM youth y WHERE id = $1 AND NOT EXISTS (SELECT FROM appointment WHERE youth = y.id)",
        new,
    )
