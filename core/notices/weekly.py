"""What members of staff are told about a week: one pure function of who they are, what is short, and the hour.

An advisor's own week on Monday; slots that are missing next week on Thursday, to the people of the structure; what is still missing
on Monday, to the coordination; sheets that want a look on Monday, to who answers for them. Each once, for its revision names the week; late ones are due no more.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.contracts.digests import DigestKind
from core.notices.quiet import Quiet, quiet_until

WARN_FROM = 9
"""The hour of the wall from which shortages are told: whoever comes in on that morning may mend them first."""
_MONDAY, _TUESDAY, _THURSDAY, _FRIDAY = 0, 1, 3, 4


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff. `structures` are the active ones where they work; `advisor` is None for who holds no interviews;
    `has_sheets`: they answer for programme sheets that want a look.
    """

    account: UUID
    structures: tuple[UUID, ...] = ()
    advisor: UUID | None = None
    wants_week: bool = False
    is_coordinator: bool = False
    has_sheets: bool = False


class DigestDue(msgspec.Struct, frozen=True, kw_only=True):
    """A digest that is due. `structures` are the short ones that it tells of."""

    kind: DigestKind
    monday: date
    structures: tuple[UUID, ...] = ()

    @property
    def revision(self) -> str:
        """The ISO week: one digest of a kind for each."""
        return iso_week(self.monday)


def iso_week(monday: date) -> str:
    """« 2027-W05 »."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def monday_named(revision: str) -> date:
    """The Monday of an ISO week, from its name."""
    return datetime.strptime(f"{revision}-1", "%G-W%V-%u").date()  # noqa: DTZ007 - a day, not an instant


def monday_of(now: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week in which `now` falls."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday())


def open_windows(now: datetime, quiet: Quiet) -> dict[DigestKind, date]:
    """The kinds that may leave in these hours, night or not, each with the Monday of its week."""
    zone = ZoneInfo(quiet.timezone)
    at, monday = now.astimezone(zone), monday_of(now, zone)
    warns = at.weekday() not in {_MONDAY, _THURSDAY} or at.hour >= WARN_FROM
    windows: dict[DigestKind, date] = {}
    if at.weekday() <= _TUESDAY:
        windows["week"] = monday
        if warns:
            windows["shortage_region"] = monday
            windows["sheets"] = monday
    elif at.weekday() in {_THURSDAY, _FRIDAY} and warns:
        windows["shortage"] = monday + timedelta(days=7)
    return windows


def due_digests(
    member: Member, short: Mapping[date, Collection[UUID]], now: datetime, quiet: Quiet
) -> list[DigestDue]:
    """What may be told to a member of staff at `now`, whether or not it was already; nothing at night. `short` gives, for a
    Monday, the structures that offer too little in its week.
    """
    if quiet_until(now, quiet) is not None:
        return []
    due = []
    for kind, monday in open_windows(now, quiet).items():
        if kind == "week":
            if member.wants_week and member.advisor is not None and member.structures:
                due.append(DigestDue(kind=kind, monday=monday))
            continue
        if kind == "sheets":
            if member.has_sheets:
                due.append(DigestDue(kind=kind, monday=monday))
            continue
        lacking = tuple(
            structure
            for structure in sorted(short.get(monday, ()))
            if kind == "shortage_region" or structure in member.structures
        )
        concerned = member.is_coordinator if kind == "shortage_region" else True
        if lacking and concerned:
            due.append(DigestDue(kind=kind, monday=monday, structures=lacking))
    return due
