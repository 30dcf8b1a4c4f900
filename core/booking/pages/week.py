"""A week of one place: seven days of tickets, each one press away from being kept."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone
from core.booking.pages.common import (
    PUBLIC,
    Base,
    mode_labels,
    mode_phrases,
    part_labels,
    read_part,
)
from core.booking.search import MODES, Bookable, Place, Sought, list_places, read_bookable
from core.booking.ticket import stamp, ticket_value
from core.booking.weeks import Week, week
from core.booking.when import When
from core.contracts.booking import ChannelMode
from core.errors import NotFound
from core.extension.blocks import render_blocks
from core.network.partners import has_logo
from core.platform import Platform
from core.web.forms import Form
from core.web.pages import AnyRequest, page, platform_of


@get("/creneaux/{slug:str}", guards=[anyone], include_in_schema=False)
async def slots(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """The week that `lundi` says, else the first with a free start."""
    return await week_page(request, slug, PUBLIC)


async def week_page(request: AnyRequest, slug: str, base: Base) -> Response[str]:
    """The page, for the public or for a referral link. Raises `NotFound` for a structure that is not open, or not of the link."""
    platform = platform_of(request)
    structure = await read_bookable(platform, slug)
    if base.structure_id not in (None, structure.id):
        raise NotFound("not a structure of this link")
    places = await list_places(platform, structure.id)
    mode = _mode(request.query_params.get("canal", ""), places)
    place = _place(request.query_params.get("site", ""), places) if mode == "in_person" else None
    sought = Sought(structure_id=structure.id, mode=mode, site_id=place.id if place else None)
    part = read_part(request.query_params.get("moment", ""))
    monday = read_monday(request)
    shown = await week(platform, structure, sought, monday, when=When(part=part))
    address = f"{base.week}/{slug}?canal={mode}{f'&site={place.id}' if place else ''}"
    values = {
        **week_values(platform, structure, shown),
        "places": places,
        "place": place,
        "mode": mode,
        "labels": mode_labels(),
        "phrases": mode_phrases(),
        "form": Form({"moment": part or "", "lundi": monday or ""}),
        "parts": part_labels(),
        "base": base,
        "address": f"{address}&moment={part}" if part else address,
        "any_time": address,
        "has_logo": await has_logo(platform, structure.id),
        "blocks": await render_blocks(
            request, "structure.page", structure.id, {"structure_id": structure.id}
        ),
    }
    return page(request, "booking/week.html", values)


def week_values(platform: Platform, structure: Bookable, shown: Week) -> dict[str, Any]:
    """What a week of tickets needs to be drawn."""
    return {
        "structure": structure,
        "week": shown,
        "stamp": stamp,
        "ticket_value": ticket_value,
        "last_open": platform.settings.booking.horizon_days,
    }


def read_monday(request: AnyRequest) -> date | None:
    """The day asked for; nonsense is as good as nothing."""
    try:
        return date.fromisoformat(request.query_params.get("lundi", ""))
    except ValueError:
        return None


def _mode(asked: str, places: Sequence[Place]) -> ChannelMode:
    for mode in MODES:
        if asked == mode:
            return mode
    return "in_person" if places else "video"


def _place(asked: str, places: Sequence[Place]) -> Place | None:
    """The site asked for, else the first."""
    try:
        wanted = UUID(asked)
    except ValueError:
        return next(iter(places), None)
    return next((place for place in places if place.id == wanted), next(iter(places), None))


routes: tuple[ControllerRouterHandler, ...] = (slots,)
