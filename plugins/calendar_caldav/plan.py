"""What to write, what to remove and what to ask, from three views of the same appointments. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hookspecs import AppointmentView, Stretch


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as we last wrote it in the calendar."""

    appointment: UUID
    href: str
    sequence: int
    starts_at: datetime
    ends_at: datetime


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`questions`: where each appointment in question was moved to, None when it was deleted. `settled`: those that were
    compared and are no question.
    """

    write: tuple[AppointmentView, ...] = ()
    remove: tuple[Written, ...] = ()
    questions: Mapping[UUID, datetime | None] = {}
    settled: tuple[UUID, ...] = ()


def make_plan(
    present: Sequence[AppointmentView],
    written: Mapping[UUID, Written],
    found: Mapping[UUID, Stretch | None],
    on: frozenset[UUID],
) -> Plan:
    """Compares the advisor's `present` appointments, what was `written` and what is `found` there now.

    What we changed since is written, whatever was done to it there. What was changed there only is a question. Appointments of
    structures outside `on` are left as they are. `found` holds every written one.
    """
    by_id = {view.id: view for view in present}
    write = tuple(
        view
        for view in present
        if view.structure.id in on
        and view.status == "booked"
        and (view.id not in written or written[view.id].sequence != view.sequence)
    )
    remove, settled = [], []
    questions: dict[UUID, datetime | None] = {}
    for id_, row in written.items():
        view = by_id.get(id_)
        if view is not None and view.structure.id not in on:
            continue
        there = found[id_]
        if view is None or view.cancelled:
            remove.append(row)  # reassigned, erased or cancelled
        elif view.status == "booked" and view not in write and _differs(there, row):
            questions[id_] = there.starts_at if there else None
            continue
        settled.append(id_)
    return Plan(write=write, remove=tuple(remove), questions=questions, settled=tuple(settled))


def _differs(there: Stretch | None, row: Written) -> bool:
    return there is None or (there.starts_at, there.ends_at) != (row.starts_at, row.ends_at)
