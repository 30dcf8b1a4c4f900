"""Reactions: what a plugin does when a structure gets it or loses it."""

from typing import Protocol

from core.contracts.context import PluginContext


class SwitchReaction(Protocol):
    """Follows the plugin being switched on and off, structure by structure: makes a room at a partner's, drops what was copied there.

    Told after commit, from the outbox, whatever the cause (a switch, the region's rule, a requirement, settings, another
    deployment): at least once, so that twice must do no harm, and within ten seconds. An exception means retry. Of several turns in a
    row only the present state is certain to be told, and it is told last. `context.structure` is the one that is meant,
    `context.structures` are those where the plugin is on now; where settings cannot be used, `context.settings` are the defaults.
    """

    key: str

    async def enabled(self, context: PluginContext) -> None:
        """The structure has the plugin, from now on or already."""
        ...

    async def disabled(self, context: PluginContext) -> None:
        """The structure has it no more. Appointments that it served keep their channel; what it keeps of its own may be wanted again."""
        ...
