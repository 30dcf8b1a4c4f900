"""A ticket: one free start, where and how, as the value of one button. Nothing in it is typed."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from core.booking.search import MODES, Sought


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a pressed ticket asks for."""

    sought: Sought
    starts_at: datetime


def stamp(instant: datetime) -> str:
    """An instant as forms and addresses carry it: UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_value(structure_id: UUID, mode: str, site_id: UUID | None, starts_at: datetime) -> str:
    """The value of the button: what `read_ticket` reads."""
    return f"{structure_id}~{mode}~{site_id or ''}~{stamp(starts_at)}"


def read_ticket(value: str) -> Ticket | None:
    """The ticket behind a value; None when nobody of ours wrote it. A site counts for an interview in person only."""
    parts = value.split("~")
    if len(parts) != 4:
        return None
    structure, mode, site, start = parts
    known = next((one for one in MODES if one == mode), None)
    try:
        starts_at = datetime.strptime(start, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        sought = Sought(
            structure_id=UUID(structure),
            mode=known or "phone",
            site_id=UUID(site) if site and known == "in_person" else None,
        )
    except ValueError:
        return None
    return Ticket(sought=sought, starts_at=starts_at) if known else None
