"""Where and how the openings of a calendar receive: what an advisor may choose, and what they chose, in words."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from hookspecs import PluginContext, _


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """`choices`: what a place is called, by its key (`structure~site`, without site from afar); `channels`: labels by key."""

    choices: Mapping[str, str]
    channels: Mapping[str, str]

    def channels_in_words(self, keys: tuple[str, ...]) -> str:
        """Their labels, one after the other."""
        return ", ".join(self.channels[key] for key in keys if key in self.channels)


async def list_places(context: PluginContext, advisor_id: UUID) -> Places:
    """Every structure where the advisor works and the plugin is on, with each site and without."""
    on = {structure.id for structure in context.structures}
    workplaces = [
        one for one in await context.services.list_workplaces(advisor_id) if one.structure.id in on
    ]
    choices = {}
    for one in workplaces:
        for site in one.sites:
            choices[place_key(one.structure.id, site.id)] = f"{one.structure.name} · {site.name}"
        choices[place_key(one.structure.id, None)] = _("%(structure)s · sans lieu, à distance") % {
            "structure": one.structure.name
        }
    return Places(
        choices=choices, channels=dict(pair for one in workplaces for pair in one.channels)
    )


def place_key(structure_id: UUID | None, site_id: UUID | None) -> str:
    """The key of a place in a form."""
    return f"{structure_id or ''}~{site_id or ''}"


def read_place(key: str) -> tuple[UUID, UUID | None]:
    """The structure and the site of a key that is one of `choices`."""
    structure, _tilde, site = key.partition("~")
    return UUID(structure), UUID(site) if site else None
