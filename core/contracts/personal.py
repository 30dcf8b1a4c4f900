"""Personal data: what a plugin keeps of people, handed to them when they ask, taken out when its time is over."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable
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


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is kept of a youth, as it is handed to them.

    `title` says what it is and `lines` what it says, as (what, words) in the present language: they make the page. `data` makes
    the file: anything that can be written as JSON; none: the lines.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    data: Any = None


class PersonalData(Protocol):
    """Answers for what a plugin keeps of youths, in its own tables or elsewhere."""

    key: str

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Takes out whatever says who they are. In the core's transaction: all of it goes, or nothing.

        Twice does no harm. Called wherever the plugin is on or off: what was kept must go all the same.
        """
        ...


@runtime_checkable
class ReadablePersonalData(PersonalData, Protocol):
    """The same, which can also be shown to whom it is about. Where a plugin cannot, its youth is told so, and whom to ask."""

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """What is kept of one youth, for their own eyes: nothing of anybody else, no secret of the platform's.

        `traces` names their appointments only: an address that somebody typed does not prove that it is theirs. Called wherever
        the plugin is on or off.
        """
        ...
