"""Slots and busy time: what slot providers and busy sources answer.

Both are asked when supply changes, never during a search (DESIGN section 5).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from core.contracts.booking import SiteRef
from core.contracts.context import PluginContext, StructureRef

Aware = Annotated[datetime, Meta(tz=True)]


class SlotQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which advisors, over which half-open window [starts_at, ends_at) of aware instants.

    `slot_minutes` is how long a slot is where it is asked for.
    """

    starts_at: datetime
    ends_at: datetime
    advisor_ids: tuple[UUID, ...]
    slot_minutes: int = 60


class OpenTime(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which one advisor offers slots for the asked structure.

    The grid starts at `starts_at`; the structure says how far apart slots begin. A last piece shorter than a slot is not
    offered. A stretch lasts 25 hours at most. `site_id` is needed for the in-person channel. `source` names the opening in
    the provider's own words. `slot_minutes` is for a stretch whose slots are not of the query's length.
    """

    advisor_id: UUID
    starts_at: Aware
    ends_at: Aware
    channels: tuple[str, ...]
    site_id: UUID | None = None
    source: str = ""
    slot_minutes: Annotated[int, Meta(ge=15, le=240)] | None = None


class BusyTime(msgspec.Struct, frozen=True, kw_only=True):
    """A half-open stretch [starts_at, ends_at) in which an advisor cannot be booked, in any structure.

    The last answer is kept and shown in the agenda: `label` to the advisor alone, to others only the name of the source.
    """

    advisor_id: UUID
    starts_at: Aware
    ends_at: Aware
    label: str = ""


class BusyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Busy time, and the advisors whose answer cannot be trusted now: their slots are hidden.

    `closed` maps an advisor to the French reason, shown to advisor and coordination.
    """

    busy: Sequence[BusyTime] = ()
    closed: Mapping[UUID, str] = {}


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an advisor may offer slots: a structure, its enabled sites, its channels that are on (key and label)."""

    structure: StructureRef
    sites: tuple[SiteRef, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()


class SlotProvider(Protocol):
    """Tells when advisors are open. On failure the last good answer stays, shown as stale."""

    key: str
    label: str

    async def list_open(self, context: PluginContext, query: SlotQuery) -> Sequence[OpenTime]:
        """Open time of the asked advisors, for `context.structure`."""
        ...


class BusySource(Protocol):
    """Tells when advisors are busy elsewhere. On failure the asked advisors' slots are hidden."""

    key: str
    label: str

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the asked advisors, whatever the structure."""
        ...
