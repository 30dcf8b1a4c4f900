"""What the pages of this room share."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from core.booking.holds import SlotTaken
from core.booking.places import Located, ambiguous_commune, locate, unknown_commune
from core.booking.ticket import stamp, ticket_value
from core.booking.when import PARTS, Part
from core.clock import local_date
from core.contracts.booking import ChannelMode
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages of a search lead: the public's own or, under `root`, those of a referral link. That one is `body`'s,
    and may be held to one structure.
    """

    root: str = ""
    body: str = ""
    structure_id: UUID | None = None

    @property
    def search(self) -> str:
        """The address of the search."""
        return self.root or "/recherche"

    @property
    def week(self) -> str:
        """The address of a structure's week, but for the structure."""
        return f"{self.root}/creneaux"

    @property
    def take(self) -> str:
        """Where a ticket is sent to."""
        return f"{self.root}/creneau" if self.root else "/reserver/creneau"


PUBLIC = Base()


def mode_labels() -> dict[ChannelMode, str]:
    """The ways to meet, as choices."""
    return {"in_person": _("En personne"), "video": _("En visio"), "phone": _("Par téléphone")}


def mode_phrases() -> dict[ChannelMode, str]:
    """The ways to meet, inside a sentence."""
    return {"in_person": _("en personne"), "video": _("en visio"), "phone": _("par téléphone")}


def part_labels() -> dict[Part, str]:
    """The parts of a day, as choices."""
    return {
        "morning": _("Le matin"),
        "afternoon": _("L’après-midi"),
        "evening": _("Le soir, dès 18 h"),
    }


def read_part(asked: str) -> Part | None:
    """The part of a day that was asked for; nonsense is as good as nothing."""
    return next((part for part in PARTS if part == asked), None)


def countdown(starts_at: datetime, now: datetime) -> str:
    """How far the hour is, in words: « dans 3 jours », « demain », « dans 1 h 20 », « dans 12 minutes », « c’est l’heure »."""
    minutes = -(-int((starts_at - now).total_seconds()) // 60)
    days = (local_date(starts_at) - local_date(now)).days
    if days > 1:
        return ngettext("dans %(num)d jour", "dans %(num)d jours", days) % {"num": days}
    if days == 1 and minutes >= 12 * 60:
        return _("demain")
    if minutes >= 60:
        return _("dans %(hours)d h %(minutes)02d") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    if minutes > 0:
        return ngettext("dans %(num)d minute", "dans %(num)d minutes", minutes) % {"num": minutes}
    if minutes > -2:
        return _("c’est l’heure")
    return ngettext(
        "commencé il y a %(num)d minute", "commencé il y a %(num)d minutes", -minutes
    ) % {"num": -minutes}


async def locate_home(platform: Platform, form: Form[Any]) -> Located:
    """Where the person lives, by the fields `commune` and `commune_insee`; a fault is noted beside the field."""
    if not form.value("commune") or form.error("commune"):
        return Located()
    located = await locate(platform, form.value("commune"), form.value("commune_insee"))
    if located.commune is None:
        form.errors["commune"] = ambiguous_commune() if located.choices else unknown_commune()
    return located


def taken_page(
    request: AnyRequest,
    refusal: SlotTaken,
    *,
    move_path: str = "",
    back: str = "/recherche",
    take: str = PUBLIC.take,
) -> Response[str]:
    """409: the slot is gone; the nearest are one press away, sent to `take`. `move_path`: where an appointment chooses another hour."""
    choices = refusal.choices
    values: dict[str, Any] = {
        "message": refusal.message,
        "choices": choices,
        "move_path": move_path,
        "back": back,
        "take": take,
        "stamp": stamp,
        "ticket_value": ticket_value,
        "phrases": mode_phrases(),
    }
    return page(request, "booking/taken.html", values, status=409)


async def count_write(request: AnyRequest, platform: Platform) -> None:
    """Throttles writes by address, generously: a whole school may stand behind one."""
    await throttle.check_roughly(platform, f"booking:{throttle.address_of(request)}", 600, 600)


async def count_by_link(request: AnyRequest, platform: Platform, token: str) -> None:
    """The same for what is done by a youth's own link, and those of the link itself, wherever they come from."""
    await count_write(request, platform)
    await throttle.check(platform, f"appointment:{token}", 60, 600)
