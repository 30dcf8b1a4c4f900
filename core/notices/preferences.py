"""What an advisor wants to hear of: the level of their notices, and Monday's summary."""

from uuid import UUID

import msgspec

from core.notices.due import NoticeLevel
from core.platform import Platform
from core.web.i18n import _


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor's choice. `weekly_digest`: whether Monday's summary is sent."""

    notice_level: NoticeLevel
    weekly_digest: bool = False


async def read_preferences(platform: Platform, advisor_id: UUID | None) -> Preferences | None:
    """The choice of an advisor; None for who is not one."""
    return await platform.db.struct(
        Preferences,
        "SELECT notice_level, weekly_digest FROM advisor WHERE id = $1",
        advisor_id,
    )


async def write_preferences(platform: Platform, advisor_id: UUID, chosen: Preferences) -> None:
    """Keeps an advisor's choice: it holds for every message from now on."""
    await platform.db.execute(
        "UPDATE advisor SET notice_level = $2, weekly_digest = $3 WHERE id = $1",
        advisor_id,
        chosen.notice_level,
        chosen.weekly_digest,
    )


def level_labels() -> dict[NoticeLevel, str]:
    """The levels, from most to least."""
    return {
        "all": _("Tout : réservations, changements, annulations"),
        "others": _("Ce que font les autres : pas ce que je fais moi-même"),
        "soon": _("Seulement pour aujourd’hui et demain"),
        "none": _("Rien : je regarde mon agenda"),
    }
