"""Personal data: what a plugin keeps of people, taken out when its time is over."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from core.contracts.context import PluginContext


class PersonalData(Protocol):
    """Answers for what a plugin keeps of the youths of appointments, in its own tables or elsewhere."""

    key: str

    async def erase(self, context: PluginContext, appointment_ids: Sequence[UUID]) -> None:
        """Takes out whatever says who came to these appointments. In the core's transaction: all of it goes, or nothing.

        Twice does no harm. Called wherever the plugin is on or off: what was kept must go all the same.
        """
        ...
