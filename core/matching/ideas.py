"""Whether a youth wants to hear of sheets that appear after the interview: said by them, taken back by them, with its words."""

from uuid import UUID

from core.platform import Platform
from core.web.i18n import _

VERSION = "2027-01"


def text() -> str:
    """The words of the present version."""
    return _(
        "J’accepte que la structure qui m’a reçu·e regarde si une nouvelle fiche me correspond, et me recontacte pour m’en"
        " parler. Aucun message automatique n’est envoyé ; je peux changer d’avis à tout moment, ici."
    )


async def agrees(platform: Platform, appointment_id: UUID) -> bool:
    """Whether the youth of this appointment wants to hear of new sheets."""
    found: bool = await platform.db.fetch_value(
        "SELECT y.ideas_at IS NOT NULL FROM appointment a JOIN youth y ON y.id = a.youth WHERE a.id = $1",
        appointment_id,
    )
    return found


async def answer(platform: Platform, appointment_id: UUID, *, yes: bool) -> None:
    """Keeps the youth's answer: the version of the words and when, or nothing any more."""
    await platform.db.execute(
        "UPDATE youth SET ideas_version = $2, ideas_at = $3"
        " WHERE id = (SELECT youth FROM appointment WHERE id = $1) AND (ideas_at IS NOT NULL) <> $4",
        appointment_id,
        VERSION if yes else None,
        platform.clock.now() if yes else None,
        yes,
    )
