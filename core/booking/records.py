"""Rows of appointments: locked before they change, and every change kept with what was before."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from core.accounts.access import CurrentUser
from core.contracts.booking import AppointmentStatus
from core.errors import NotFound
from core.platform import Platform

_COLUMNS = (
    "id, youth, advisor, structure, site, channel, starts_at, ends_at, status, sequence, link_version,"
    " meeting, asked, created_at"
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment's row."""

    id: UUID
    youth: UUID
    advisor: UUID
    structure: UUID
    site: UUID | None
    channel: str
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    sequence: int
    link_version: int
    meeting: dict[str, Any] | None
    asked: str
    created_at: datetime


async def lock_record(platform: Platform, appointment_id: UUID) -> Record:
    """The row, kept from other writers until the transaction ends. Raises `NotFound`."""
    record = await platform.db.struct(
        Record,
        f"SELECT {_COLUMNS} FROM appointment WHERE id = $1 FOR UPDATE",  # noqa: S608
        appointment_id,
    )
    if record is None:
        raise NotFound("no such appointment")
    return record


def made_by(hold_id: UUID) -> UUID:
    """The id of the appointment that a hold makes. Under the hold of another slot, an appointment was moved there."""
    return uuid5(hold_id, "appointment")


async def by_hold(platform: Platform, hold_id: UUID) -> Record | None:
    """The appointment that a hold led to, if it did."""
    return await platform.db.struct(
        Record,
        f"SELECT {_COLUMNS} FROM appointment WHERE hold = $1 OR id = $2",  # noqa: S608
        hold_id,
        made_by(hold_id),
    )


async def upcoming_of(
    platform: Platform, *, name: str, email: str, birth_date: Any
) -> Record | None:
    """The next booked appointment of the same person: same e-mail, same birth date, same name but for accents and case."""
    return await platform.db.struct(
        Record,
        f"""
        SELECT {_COLUMNS} FROM appointment WHERE id = upcoming_of($1, $2, $3, $4) FOR UPDATE
        """,  # noqa: S608 - constants of ours
        name,
        email,
        birth_date,
        platform.clock.now(),
    )


async def write_change(
    platform: Platform,
    record: Record,
    kind: str,
    *,
    sequence: int,
    user: CurrentUser | None,
    actor: str = "",
) -> None:
    """Keeps what `record` was before the change that has this number. Without a user or another `actor` it was the youth."""
    before = {
        "advisor": record.advisor,
        "site": record.site,
        "channel": record.channel,
        "starts_at": record.starts_at,
        "ends_at": record.ends_at,
        "status": record.status,
        "meeting": record.meeting,
    }
    await platform.db.execute(
        "INSERT INTO appointment_change (appointment, kind, sequence, actor, account, before, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        record.id,
        kind,
        sequence,
        actor or ("staff" if user else "youth"),
        user.account_id if user else None,
        None if kind == "booked" else before,
        platform.clock.now(),
    )
