"""What plugins draw and write for one structure, on invented people: the blocks of its pages, the messages that leave."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

import msgspec
from markupsafe import Markup
from msgspec.structs import replace

from core.contracts.booking import AppointmentView
from core.contracts.context import StructureRef
from core.contracts.messages import Preview
from core.contracts.notices import Notice
from core.contracts.surfaces import Place
from core.extension.blocks import draw_blocks
from core.extension.state import Snapshot
from core.network.switches import rules
from core.notices import examples, texts
from core.notices.readings import previews_of, samples_of
from core.platform import Platform
from core.web.i18n import current_locale

_ELSEWHERE = {"network.matching"}
"""Pages of the region, which no structure sees."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One block at one place. `shows` is empty where it has nothing to say of an invented person. `change`: only in one of the two states
    that are compared.
    """

    place: str
    plugin: str
    shows: Markup
    change: str = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it leaves: `carrier` is the means, `preview` the text in force for an invented person,
    None when its carrier has no example of it.
    """

    key: str
    kind: str
    audience: str
    label: str
    carrier: str
    preview: Preview | None
    change: str = ""


async def list_drawn(
    platform: Platform, structure: StructureRef, before: Snapshot, after: Snapshot
) -> list[Drawn]:
    """The blocks of either state, in the order of the places."""
    names, told = rules.names_of(platform), await _told(platform, before, structure)
    places = [place for place in get_args(Place) if place not in _ELSEWHERE]
    found = []
    for mark, snapshot, other in (("", before, after), ("found", after, before)):
        for owned, shows in await draw_blocks(platform, snapshot, structure.id, told):
            kept = other.is_on(owned.plugin_id, structure.id)
            if mark and kept:
                continue
            drawn = Drawn(
                place=owned.item.place,
                plugin=names[owned.plugin_id],
                shows=shows,
                change=mark or ("" if kept else "lost"),
            )
            found.append(drawn)
    return sorted(found, key=lambda drawn: places.index(drawn.place))


async def list_letters(
    platform: Platform, structure: StructureRef, before: Snapshot, after: Snapshot
) -> list[Letter]:
    """The messages of either state, in the order in which they are declared."""
    letters = []
    for key, owned in platform.board.templates.items():
        was, will = (one.is_on(owned.plugin_id, structure.id) for one in (before, after))
        template = owned.item
        if not (was or will):
            continue
        locale = current_locale() if current_locale() in template.sources else "fr"
        text = await texts.read_text(platform, key, locale)
        samples = (await samples_of(platform, text))[:1]
        previews = await previews_of(platform, text, text.source, samples)
        letters.append(
            Letter(
                key=key,
                kind=template.kind,
                audience=template.audience,
                label=template.label,
                carrier=template.carrier,
                preview=previews[0][1] if previews else None,
                change="" if was and will else "found" if will else "lost",
            )
        )
    return letters


async def _told(
    platform: Platform, snapshot: Snapshot, structure: StructureRef
) -> Mapping[str, Mapping[str, Any]]:
    """What each page would tell its blocks of an appointment that nobody made."""
    view = _invented(platform, snapshot, structure)
    held = {"appointment": replace(view, status="honoured")}
    sheets = (await platform.services.read_catalogue()).programmes[:1]
    told: dict[str, Mapping[str, Any]] = {
        "advisor.agenda": {"advisor_id": UUID(int=0)},
        "appointment.page": {"appointment": view},
        "feedback.page": {**held, "token": "exemple", "csrf_token": ""},
        "interview.screen": held,
        "roadmap.page": {**held, "roadmap": None},
        "structure.page": {"structure_id": structure.id},
        "network.structure": {"structure_id": structure.id},
    }
    if sheets:
        told["catalogue.sheet"] = {"programme": sheets[0]}
    return told


def _invented(platform: Platform, snapshot: Snapshot, structure: StructureRef) -> AppointmentView:
    context = platform.context("core", snapshot)
    samples: Sequence[Any] = examples.samples(context, "confirmation", "youth")
    notice: Notice = samples[0].about
    return replace(notice.appointment, structure=structure)
