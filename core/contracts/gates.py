"""Publication gates: what a structure must have before its slots are shown."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from core.contracts.context import PluginContext


class PublicationGate(Protocol):
    """Says which structures may not offer slots yet, and why: a charter to sign, a training to follow.

    Asked when supply changes and each night, never during a search. Appointments that were made stand.
    """

    key: str
    label: str

    async def closed(
        self, context: PluginContext, structures: Collection[UUID]
    ) -> Mapping[UUID, str]:
        """The structures, among those given, that stay closed, each with the reason in French and how to mend it."""
        ...
