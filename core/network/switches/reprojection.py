"""Slots after something was turned: nothing, the channels of a structure's slots, or everything that they are made of."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from core.agenda import service as agenda
from core.extension.activation import Activity
from core.platform import Platform

_FREE_TIME = ("slot_providers", "busy_sources", "publication_gates")
"""What decides which hours are free: asked again when one of these is turned. Channels only say how an hour can be used."""


def makes_free_time(platform: Platform, plugin_ids: Iterable[str]) -> bool:
    """Whether one of these plugins has a word on which hours are free."""
    return not _owners(platform, _FREE_TIME).isdisjoint(plugin_ids)


async def follow(
    platform: Platform,
    before: Mapping[UUID, Mapping[str, Activity]],
    after: Mapping[UUID, Mapping[str, Activity]],
) -> None:
    """Makes the slots of each structure of `after` what they should be now that its plugins are so, in the caller's transaction."""
    of_channels = _owners(platform, ("interview_channels",))
    channels: dict[UUID, Collection[str]] = {}
    others: list[UUID] = []
    for structure_id, plugins in after.items():
        was = before.get(structure_id, {})
        turned = {one for one, now in plugins.items() if one not in was or was[one].on != now.on}
        if makes_free_time(platform, turned):
            others.append(structure_id)
        elif not of_channels.isdisjoint(turned):
            channels[structure_id] = [
                key for key, owned in platform.board.channels.items() if plugins[owned.plugin_id].on
            ]
    if channels or others:
        await agenda.refresh_turned(platform, channels, others)


def _owners(platform: Platform, kinds: Iterable[str]) -> set[str]:
    return {owned.plugin_id for kind in kinds for owned in platform.board.owned[kind]}
