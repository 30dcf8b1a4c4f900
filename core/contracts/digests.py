"""Digests: what members of staff are told about a week, and the carriers that bring it.

Like notices, they are computed from the present state, once per person, kind and week.
"""

from datetime import date
from typing import Literal, Protocol

import msgspec

from core.contracts.booking import AppointmentView, PersonRef
from core.contracts.context import PluginContext, StructureRef
from core.contracts.notices import Delivery

DigestKind = Literal["week", "shortage", "shortage_region", "sheets"]
"""`week`: an advisor's own week. `shortage`: a structure's people, of the week that comes. `shortage_region`: the coordination,
of every structure that is still short when the week begins. `sheets`: who answers for programme sheets, of those that want a look."""


class WeekSupply(msgspec.Struct, frozen=True, kw_only=True):
    """The slots that a structure offers in the week from `monday` on, booked ones included, and how many it should."""

    structure: StructureRef
    monday: date
    offered: int
    minimum: int
    url: str = ""

    @property
    def is_short(self) -> bool:
        """Whether slots are missing."""
        return self.offered < self.minimum


class SheetToVerify(msgspec.Struct, frozen=True, kw_only=True):
    """A programme sheet that wants a look. `why` is a French text that the catalogues translate; `before` its date, when it
    has one.
    """

    title: str
    url: str
    why: str
    before: date | None = None


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one member of staff about the week from `monday` on. `key` is unique and stable across retries.

    `to_fill_in` counts past interviews that still say nothing of what happened; `url` is where to go.
    """

    key: str
    kind: DigestKind
    person: PersonRef
    monday: date
    url: str
    supply: tuple[WeekSupply, ...] = ()
    appointments: tuple[AppointmentView, ...] = ()
    to_fill_in: int = 0
    sheets: tuple[SheetToVerify, ...] = ()
    audience: Literal["staff"] = "staff"


class DigestCarrier(Protocol):
    """Brings digests to staff. An exception means "try again later", with back-off, as long as the week is ahead."""

    key: str
    label: str

    def carries_digest(self, context: PluginContext, digest: Digest) -> bool:
        """Whether this carrier has anything to do for it (contact present)."""
        ...

    async def send_digest(self, context: PluginContext, digest: Digest) -> Delivery:
        """Sends it, once."""
        ...
