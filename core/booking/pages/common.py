"""What the pages of this room share."""

from typing import Any

from litestar import Response

from core.booking.holds import SlotTaken
from core.booking.ticket import stamp, ticket_value
from core.contracts.booking import ChannelMode
from core.platform import Platform
from core.web import throttle
from core.web.i18n import _
from core.web.pages import AnyRequest, page


def mode_labels() -> dict[ChannelMode, str]:
    """The ways to meet, as choices."""
    return {"in_person": _("En personne"), "video": _("En visio"), "phone": _("Par téléphone")}


def mode_phrases() -> dict[ChannelMode, str]:
    """The ways to meet, inside a sentence."""
    return {"in_person": _("en personne"), "video": _("en visio"), "phone": _("par téléphone")}


def taken_page(
    request: AnyRequest, refusal: SlotTaken, *, move_path: str = "", back: str = "/recherche"
) -> Response[str]:
    """409: the slot is gone; the nearest are one press away. `move_path`: where an appointment chooses another hour."""
    choices = refusal.choices
    values: dict[str, Any] = {
        "message": refusal.message,
        "choices": choices,
        "move_path": move_path,
        "back": back,
        "stamp": stamp,
        "ticket_value": ticket_value,
        "phrases": mode_phrases(),
    }
    return page(request, "booking/taken.html", values, status=409)


async def count_write(request: AnyRequest, platform: Platform) -> None:
    """Throttles writes by address, generously: a whole school may stand behind one."""
    await throttle.check_roughly(platform, f"booking:{throttle.address_of(request)}", 600, 600)
