"""Free slots: starts along a fixed grid in open time, minus busy time. Pure, and the only place where it is computed."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol
from uuid import UUID

import msgspec

from core.contracts.agenda import BusyTime, OpenTime


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Open time of one advisor in one structure, and the provider that told it."""

    provider: str
    open: OpenTime


class FreeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A start that can be offered; `channels` in alphabetical order."""

    starts_at: datetime
    ends_at: datetime
    site_id: UUID | None
    channels: tuple[str, ...]
    provider: str
    source: str


class BusyMap:
    """Busy stretches, joined into disjoint ones, in order: asking whether a slot is free is one bisection.

    Takes them in any order, overlapping, nested, touching or empty.
    """

    def __init__(self, busy: Iterable[BusyTime]) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for start, end in sorted((one.starts_at, one.ends_at) for one in busy):
            if end <= start:
                continue
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def is_free(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether nothing busy overlaps [starts_at, ends_at); touching is not overlapping."""
        index = bisect_right(self._ends, starts_at)
        return index == len(self._starts) or self._starts[index] >= ends_at


def free_slots(
    offers: Iterable[Offer],
    busy: Iterable[BusyTime],
    slot_minutes: int,
    *,
    step_minutes: int = 0,
    buffer_minutes: int = 0,
) -> Sequence[FreeSlot]:
    """The slots of one advisor in one structure, one per start, by start.

    Each open stretch has its own grid, from its start: a slot of its length (`slot_minutes` unless it says otherwise) may
    begin every `step_minutes` (0: every length). Busy time takes slots away and never shifts the others; the
    `buffer_minutes` of pause after a slot must be free of it too, but may reach past the end of the stretch. Where
    stretches give the same start, the one that opened first is kept, and takes the channels of those at the same site and
    of the same length.
    """
    taken = BusyMap(busy)
    pause = timedelta(minutes=buffer_minutes)
    found: dict[datetime, FreeSlot] = {}
    for offer in sorted(offers, key=_order):
        stretch = offer.open
        length = timedelta(minutes=stretch.slot_minutes or slot_minutes)
        step = timedelta(minutes=step_minutes) or length
        start = stretch.starts_at
        while start + length <= stretch.ends_at:
            if taken.is_free(start, start + length + pause):
                known = found.get(start)
                if known is None:
                    found[start] = FreeSlot(
                        starts_at=start,
                        ends_at=start + length,
                        site_id=stretch.site_id,
                        channels=tuple(sorted(set(stretch.channels))),
                        provider=offer.provider,
                        source=stretch.source,
                    )
                elif known.site_id == stretch.site_id and known.ends_at == start + length:
                    channels = tuple(sorted({*known.channels, *stretch.channels}))
                    found[start] = msgspec.structs.replace(known, channels=channels)
            start += step
    return [found[start] for start in sorted(found)]


class Timed(Protocol):
    """What begins and ends."""

    @property
    def starts_at(self) -> datetime:
        """The first instant."""
        ...

    @property
    def ends_at(self) -> datetime:
        """The first instant after."""
        ...


def held_together(slots: Iterable[Timed], buffer_minutes: int = 0) -> frozenset[datetime]:
    """The starts of as many slots as one person can hold one after the other, the pause between them included."""
    pause = timedelta(minutes=buffer_minutes)
    chosen: set[datetime] = set()
    until: datetime | None = None
    for slot in sorted(slots, key=lambda slot: (slot.ends_at, slot.starts_at)):
        if until is None or slot.starts_at >= until:
            chosen.add(slot.starts_at)
            until = slot.ends_at + pause
    return frozenset(chosen)


def stand_apart(stretches: Iterable[Timed]) -> bool:
    """Whether no two of them overlap; touching is not overlapping."""
    in_order = sorted(stretches, key=lambda stretch: stretch.starts_at)
    return all(one.ends_at <= after.starts_at for one, after in pairwise(in_order))


def _order(offer: Offer) -> tuple[datetime, str, str]:
    return (offer.open.starts_at, offer.provider, offer.open.source)
