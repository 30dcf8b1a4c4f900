"""A structure, for who manages it."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.clock import local_date
from core.errors import NotFound
from core.platform import Platform


class Managed(msgspec.Struct, frozen=True, kw_only=True):
    """A structure whose user may decide. `agreed`: it has an active agreement this year."""

    id: UUID
    slug: str
    name: str
    status: Literal["draft", "active", "closed"]
    email: str
    phone: str
    presentation: str
    agreed: bool
    today: date


async def read_managed(platform: Platform, user: CurrentUser, slug: str) -> Managed:
    """The structure `slug`. Raises `NotFound` when it does not exist or is not the user's to manage."""
    today = local_date(platform.clock.now(), platform.zone)
    found = await platform.db.struct(
        Managed,
        "SELECT s.id, s.slug, s.name, s.status, s.email, s.phone, s.presentation, EXISTS (SELECT FROM agreement g"
        "  WHERE g.structure = s.id AND g.year = $2 AND g.status = 'active') AS agreed, $3::date AS today"
        " FROM structure s WHERE s.slug = $1",
        slug,
        today.year,
        today,
    )
    if found is None or not user.manages(found.id):
        raise NotFound("no such structure")
    return found


async def lock_structure(platform: Platform, structure_id: UUID) -> None:
    """Serialises those who change who works in a structure; bookings are not kept waiting."""
    await platform.db.execute("SELECT FROM structure WHERE id = $1 FOR NO KEY UPDATE", structure_id)
