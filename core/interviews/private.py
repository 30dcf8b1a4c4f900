"""What an advisor notes for themselves alone: sealed in the database, read by nobody else, never in a roadmap or an export."""

from uuid import UUID

from core.accounts.access import CurrentUser
from core.platform import Platform
from core.privacy import audit

PURPOSE = "private note"
"""What the notes are sealed for."""


async def read_note(platform: Platform, user: CurrentUser, appointment_id: UUID) -> str:
    """The user's own note on an appointment; empty when there is none. Raises `SealError` when the key was lost."""
    if user.advisor_id is None:
        return ""
    sealed = await platform.db.fetch_value(
        "SELECT sealed FROM private_note WHERE appointment = $1 AND advisor = $2",
        appointment_id,
        user.advisor_id,
    )
    return platform.keys.unseal(PURPOSE, sealed) if sealed else ""


async def write_note(
    platform: Platform, user: CurrentUser, appointment_id: UUID, words: str
) -> None:
    """Keeps the user's own note; empty words remove it. Each hour of writing leaves a trace, without a word of the note."""
    if user.advisor_id is None or words == await read_note(platform, user, appointment_id):
        return
    await audit.record_hourly(platform, user, "private_note.written", target=str(appointment_id))
    if not words:
        await platform.db.execute(
            "DELETE FROM private_note WHERE appointment = $1 AND advisor = $2",
            appointment_id,
            user.advisor_id,
        )
        return
    await platform.db.execute(
        "INSERT INTO private_note (appointment, advisor, sealed, written_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (appointment, advisor) DO UPDATE SET sealed = excluded.sealed, written_at = excluded.written_at",
        appointment_id,
        user.advisor_id,
        platform.keys.seal(PURPOSE, words),
        platform.clock.now(),
    )
