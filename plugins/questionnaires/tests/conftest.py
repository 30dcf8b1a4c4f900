"""A structure with a manager who holds interviews, and youths who came last week."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from core.booking.links import appointment_token
from core.testing.factories import (
    account_of,
    make_advisor,
    make_appointment,
    make_structure,
    make_youth,
)
from core.testing.plugin import MONDAY


class Held(msgspec.Struct, frozen=True, kw_only=True):
    structure: UUID
    slug: str
    advisor: UUID
    account: UUID
    appointments: tuple[UUID, ...]
    tokens: tuple[str, ...]


@pytest.fixture
async def held(platform) -> Held:
    """Six interviews that were held."""
    structure = await make_structure(platform.db, "Info Jeunes Essai", slug="essai")
    advisor = await make_advisor(platform.db, structure, role="manager")
    appointments = [
        await make_appointment(
            platform.db,
            advisor,
            structure,
            MONDAY - timedelta(days=5, hours=number),
            youth=await make_youth(platform.db, name=f"Nom{number} Secret"),
            status="honoured",
        )
        for number in range(1, 7)
    ]
    return Held(
        structure=structure,
        slug="essai",
        advisor=advisor,
        account=await account_of(platform.db, advisor),
        appointments=tuple(appointments),
        tokens=tuple(appointment_token(platform, one, 1) for one in appointments),
    )
