"""Who takes what when someone is away: as many appointments as can be, nobody twice at one time. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec


class Orphan(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment that looks for someone: its time, the pause after it included, and who could take it with what they
    have that week already.
    """

    id: UUID
    starts_at: datetime
    busy_until: datetime
    loads: Mapping[UUID, int]


def share_out(orphans: Sequence[Orphan]) -> dict[UUID, UUID]:
    """Who takes which appointment; those that nobody can take are left out.

    Of one hour, as many as possible find someone; the least loaded comes first, and what is given here counts.
    """
    taken: dict[UUID, UUID] = {}
    busy: dict[UUID, list[Orphan]] = {}
    in_order = sorted(orphans, key=lambda one: (one.starts_at, one.busy_until, one.id))
    for _start, group in groupby(in_order, key=lambda one: one.starts_at):
        hour = {one.id: one for one in group}
        free = {one.id: _free_for(one, busy) for one in hour.values()}
        for person, id_ in _match(free).items():
            taken[id_] = person
            busy.setdefault(person, []).append(hour[id_])
    return taken


def _free_for(one: Orphan, busy: Mapping[UUID, Sequence[Orphan]]) -> list[UUID]:
    """Who could take it, given what was given already; who has least first, then by id."""
    free = [
        (load + len(busy.get(person, ())), person)
        for person, load in one.loads.items()
        if not _overlaps(one, busy.get(person, ()))
    ]
    return [person for _load, person in sorted(free)]


def _overlaps(one: Orphan, others: Sequence[Orphan]) -> bool:
    return any(o.starts_at < one.busy_until and one.starts_at < o.busy_until for o in others)


def _match(wishes: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, UUID]:
    """Person to appointment, as many as possible: each finds someone free, or has another give theirs up for someone else."""
    given: dict[UUID, UUID] = {}

    def find(id_: UUID, seen: set[UUID]) -> bool:
        for person in wishes[id_]:
            if person in seen:
                continue
            seen.add(person)
            if person not in given or find(given[person], seen):
                given[person] = id_
                return True
        return False

    for id_ in wishes:
        find(id_, set())
    return given
