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
    """`questions`: where each appointment in question was moved to, None when it was deleted."""

    write: tuple[AppointmentView, ...]
    remove: tuple[Written, ...]
    questions: Mapping[UUID, datetime | None]


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
    remove = []
    questions: dict[UUID, datetime | None] = {}
    for id_, row in written.items():
        view = by_id.get(id_)
        if view is None or (view.cancelled and view.structure.id in on):
            remove.append(row)  # reassigned, erased or cancelled
        elif view.status == "booked" and view.structure.id in on and view not in write:
            there = found[id_]
            if there is None:
                questions[id_] = None
            elif (there.starts_at, there.ends_at) != (row.starts_at, row.ends_at):
                questions[id_] = there.starts_at
    return Plan(write=write, remove=tuple(remove), questions=questions)
