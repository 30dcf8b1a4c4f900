"""An appointment as it stands before a change, and whether it may still change."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking.agreement import agree
from core.booking.records import Record, lock_record, write_change
from core.booking.search import Bookable, mode_of, read_bookable
from core.contracts.booking import BookingRequest
from core.contracts.context import StructureRef
from core.contracts.events import AppointmentChanged
from core.errors import Conflict, Refused
from core.extension.events import emit
from core.platform import Platform
from core.web.i18n import _


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A locked appointment, its structure, and who changes it (None: the youth)."""

    record: Record
    structure: Bookable
    user: CurrentUser | None


async def stand(platform: Platform, appointment_id: UUID, user: CurrentUser | None) -> Standing:
    """Locks an appointment that may still change. Raises `NotFound`, or what `ensure_changeable` refuses."""
    record = await lock_record(platform, appointment_id)
    structure = await read_bookable(platform, structure_id=record.structure)
    ensure_changeable(platform, record, structure.phone, user)
    return Standing(record=record, structure=structure, user=user)


def may_change(platform: Platform, starts_at: datetime) -> bool:
    """Whether a youth may still change or cancel: strictly more than the limit before."""
    limit = timedelta(hours=platform.settings.booking.cancel_limit_hours)
    return starts_at - platform.clock.now() > limit


def ensure_changeable(
    platform: Platform, record: Record, phone: str, user: CurrentUser | None
) -> None:
    """Raises `Conflict` when it is over, `Refused` (with the structure's phone) when it is too late for the youth."""
    if record.status != "booked":
        raise Conflict(_("Ce rendez-vous n’est plus à venir : il ne change plus."))
    if user is None and not may_change(platform, record.starts_at):
        message = _("C’est trop tard pour le faire ici. Appelez la structure : %(phone)s.")
        raise Refused(message % {"phone": phone})


async def request_of(platform: Platform, standing: Standing, **changes: Any) -> BookingRequest:
    """The appointment as a request to judge, with what is about to change; an empty text changes nothing."""
    record, structure = standing.record, standing.structure
    youth = await platform.db.fetch_one(
        "SELECT name, email, phone, birth_date, coalesce(commune, '') AS commune FROM youth WHERE id = $1",
        record.youth,
    )
    assert youth is not None
    request = BookingRequest(
        structure=reference(structure),
        channel=record.channel,
        mode=mode_of(platform, record.channel),
        starts_at=record.starts_at,
        youth_name=youth["name"],
        email=youth["email"],
        phone=youth["phone"],
        birth_date=youth["birth_date"],
        commune_insee=youth["commune"],
        lead_hours=structure.lead_hours,
        lead_days=structure.lead_days,
        horizon_days=structure.horizon_days,
        max_age=platform.settings.booking.max_age,
        age_rule=structure.age_rule,
        by_staff=standing.user is not None,
    )
    given = {key: value for key, value in changes.items() if value != ""}
    return msgspec.structs.replace(request, **given)


async def announce_change(platform: Platform, standing: Standing, kind: str) -> None:
    """Keeps what was before, and tells the handlers."""
    record = standing.record
    sequence = record.sequence + 1
    await write_change(platform, record, kind, sequence=sequence, user=standing.user)
    if standing.user is None:
        await agree(platform, record.id)
    await emit(
        platform,
        AppointmentChanged(
            structure_id=record.structure,
            at=platform.clock.now(),
            appointment_id=record.id,
            sequence=sequence,
        ),
    )


def reference(structure: Bookable) -> StructureRef:
    """The structure as rules and plugins know it."""
    return StructureRef(
        id=structure.id,
        name=structure.name,
        slug=structure.slug,
        department=structure.department,
        phone=structure.phone,
        email=structure.email,
    )
