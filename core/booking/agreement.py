"""Whether an appointment that another made for a youth suits them. Said by the youth alone, by a word or by settling it otherwise."""

from uuid import UUID

from core.platform import Platform


async def agree(platform: Platform, appointment_id: UUID) -> None:
    """It suits; said again, or of an appointment that the youth made, changes nothing."""
    await platform.db.execute(
        "UPDATE referral SET agreed_at = $2 WHERE appointment = $1 AND agreed_at IS NULL",
        appointment_id,
        platform.clock.now(),
    )
