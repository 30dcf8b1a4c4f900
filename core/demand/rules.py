"""Who is offered which slot: one pure rule. In order of arrival, the earliest slot that suits, one at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.booking.offers import distance_km
from core.booking.search import MODES
from core.clock import local
from core.contracts.booking import ChannelMode

NEAR_KM = 30
"""How far « near me » reaches, as the crow flies."""

Part = Literal["morning", "afternoon"]
Reach = Literal["near", "department", "region", "site"]
_NOON = 12


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A site, as far as distance and area go."""

    id: UUID
    department: str
    lat: float
    lon: float


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A demand that waits, as the rule sees it. Without `weekdays` (ISO) or `parts`, any will do.

    `reach` holds for interviews in person; (`lat`, `lon`) and `department` say where the person lives.
    `offered` are the starts, by structure, that were offered before: never twice. Who has an appointment already (then `id` is
    its own) waits for a start before `earlier_than`, with `structure` or `advisor` when only those will do.
    """

    id: UUID
    modes: tuple[ChannelMode, ...]
    reach: Reach
    department: str
    lat: float
    lon: float
    site: UUID | None = None
    weekdays: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    offered: frozenset[tuple[UUID, datetime]] = frozenset()
    earlier_than: datetime | None = None
    structure: UUID | None = None
    advisor: UUID | None = None


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor who is free then, until when it would take them, and the ways in which they can be met there.

    `spot` is None without a site.
    """

    advisor: UUID
    structure: UUID
    starts_at: datetime
    busy_until: datetime
    modes: tuple[ChannelMode, ...]
    spot: Spot | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A seat for a wish."""

    wish: Wish
    seat: Seat
    mode: ChannelMode


def assign(wishes: Sequence[Wish], seats: Sequence[Seat], zone: ZoneInfo) -> list[Match]:
    """The matches of one round. `wishes` come in the order in which they are served: one never yields to those after it.

    Each wish gets one seat at most; no two matches take the same advisor at the same time.
    """
    in_order = sorted(seats, key=lambda seat: (seat.starts_at, seat.structure, seat.advisor))
    matches: list[Match] = []
    for wish in wishes:
        found = _first(wish, in_order, zone)
        if found is None:
            continue
        matches.append(found)
        in_order = [seat for seat in in_order if not overlap(seat, found.seat)]
    return matches


def _first(wish: Wish, seats: Sequence[Seat], zone: ZoneInfo) -> Match | None:
    for seat in seats:
        mode = suits(wish, seat, zone)
        if mode is not None:
            return Match(wish=wish, seat=seat, mode=mode)
    return None


def overlap(one: Seat, other: Seat) -> bool:
    """Whether both are the same advisor's time."""
    return (
        one.advisor == other.advisor
        and one.starts_at < other.busy_until
        and other.starts_at < one.busy_until
    )


def suits(wish: Wish, seat: Seat, zone: ZoneInfo) -> ChannelMode | None:
    """The way to meet when the seat is what was asked for: in person rather than from afar."""
    at = local(seat.starts_at, zone)
    part: Part = "morning" if at.hour < _NOON else "afternoon"
    if wish.weekdays and at.isoweekday() not in wish.weekdays:
        return None
    if wish.parts and part not in wish.parts:
        return None
    if (seat.structure, seat.starts_at) in wish.offered or not _better(wish, seat):
        return None
    for mode in MODES:
        if mode not in wish.modes or mode not in seat.modes:
            continue
        if mode != "in_person" or (seat.spot is not None and within(wish, seat.spot)):
            return mode
    return None


def _better(wish: Wish, seat: Seat) -> bool:
    """Whether a seat is worth more than the appointment that the person has, if they have one."""
    return (
        (wish.earlier_than is None or seat.starts_at < wish.earlier_than)
        and wish.structure in {None, seat.structure}
        and wish.advisor in {None, seat.advisor}
    )


def within(wish: Wish, spot: Spot) -> bool:
    """Whether a site is in the area that the wish reaches."""
    match wish.reach:
        case "region":
            return True
        case "department":
            return spot.department == wish.department
        case "site":
            return spot.id == wish.site
        case "near":
            return distance_km((wish.lat, wish.lon), (spot.lat, spot.lon)) <= NEAR_KM
