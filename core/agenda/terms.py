"""The terms of slots: how long, how far apart, how soon and how far ahead. A structure's own, else the region's."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from core.platform import Platform
from core.settings import AgeRule, BookingSettings, Pentecost

T = TypeVar("T")


class OwnTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a structure settled for itself; None is the region's.

    The lead time is in hours or in working days, never both. A step of zero is as long as the slot.
    """

    slot_minutes: int | None = None
    buffer_minutes: int | None = None
    step_minutes: int | None = None
    lead_hours: int | None = None
    lead_days: int | None = None
    horizon_days: int | None = None
    open_on_holidays: bool | None = None
    pentecost_monday: Pentecost | None = None
    age_rule: AgeRule | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms in force somewhere. `lead_days` is set when the lead time counts working days; the hours do not count then.

    `open_on_pentecost` says of Pentecost Monday what `open_on_holidays` says of the other public holidays.
    """

    slot_minutes: int
    buffer_minutes: int
    step_minutes: int
    lead_hours: int
    lead_days: int | None
    horizon_days: int
    open_on_holidays: bool
    open_on_pentecost: bool
    age_rule: AgeRule


def resolve(own: OwnTerms, region: BookingSettings) -> Terms:
    """The structure's own terms, the region's where it has none."""
    lead_days = region.lead_days if region.lead_unit == "working_days" else None
    if own.lead_hours is not None or own.lead_days is not None:
        lead_days = own.lead_days
    on_holidays = _first(own.open_on_holidays, region.open_on_holidays)
    pentecost = own.pentecost_monday or region.pentecost_monday
    return Terms(
        slot_minutes=_first(own.slot_minutes, region.slot_minutes),
        buffer_minutes=_first(own.buffer_minutes, region.buffer_minutes),
        step_minutes=_first(own.step_minutes, region.step_minutes),
        lead_hours=_first(own.lead_hours, region.lead_hours),
        lead_days=lead_days,
        horizon_days=_first(own.horizon_days, region.horizon_days),
        open_on_holidays=on_holidays,
        open_on_pentecost=on_holidays if pentecost == "as_holidays" else pentecost == "open",
        age_rule=own.age_rule or region.age_rule,
    )


OWN_COLUMNS = ", ".join(f"s.{name}" for name in OwnTerms.__struct_fields__)
"""What `OwnTerms` is read from, in a query where `s` is the structure."""


class _Row(OwnTerms, frozen=True, kw_only=True):
    id: UUID


async def read_terms(platform: Platform, structure_ids: Sequence[UUID]) -> Mapping[UUID, Terms]:
    """The terms in force in each of these structures, in one query."""
    rows = await platform.db.structs(
        _Row,
        f"SELECT s.id, {OWN_COLUMNS} FROM structure s WHERE s.id = ANY($1::uuid[])",  # noqa: S608
        list(structure_ids),
    )
    return {row.id: resolve(row, platform.settings.booking) for row in rows}


def _first(own: T | None, regional: T) -> T:
    return regional if own is None else own
