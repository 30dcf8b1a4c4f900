"""Personal data: what a plugin keeps of people, taken out when its time is over."""

from typing import Protocol
from uuid import UUID

import msgspec

from core.contracts.context import PluginContext


class Traces(msgspec.Struct, frozen=True, kw_only=True):
    """By what some youths are found in what a plugin keeps: their appointments, their addresses in lower case, their numbers
    in international form. Several people may share an address.
    """

    appointment_ids: tuple[UUID, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class PersonalData(Protocol):
    """Answers for what a plugin keeps of youths, in its own tables or elsewhere."""

    key: str

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Takes out whatever says who they are. In the core's transaction: all of it goes, or nothing.

        Twice does no harm. Called wherever the plugin is on or off: what was kept must go all the same.
        """
        ...
