"""What a structure is to the network: studied, open, closed; its agreement of each civil year, renewed tacitly. For the coordination."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.agenda.service import refresh_structure
from core.catalogue import taxonomy
from core.clock import local_date
from core.errors import NotFound, Refused
from core.network.managed import lock_structure
from core.network.slugs import free_slug
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _, ngettext

Deed = Literal["open", "close", "agree", "end"]
RENEWED_FROM_MONTH = 10
"""From October the agreement of the next year is there, as that of the present one: bookings reach 90 days ahead."""


class NewStructure(msgspec.Struct, frozen=True, kw_only=True):
    """A structure that enters the network, as a draft."""

    name: Annotated[str, Meta(min_length=2, max_length=120)]
    kind: str
    department: str
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""


async def create_structure(platform: Platform, user: CurrentUser, new: NewStructure) -> str:
    """Makes a draft; its slug. Raises `Refused` on a kind or a department that does not exist."""
    for field, kind, value in (
        ("kind", "structure_kinds", new.kind),
        ("department", "departments", new.department),
    ):
        if value not in taxonomy.entries(kind):
            raise Refused(_("Choisissez dans la liste."), field=field)
    structure_id, slug = uuid4(), await free_slug(platform, new.name)
    async with platform.db.atomic():
        await platform.db.execute(
            "INSERT INTO structure (id, slug, name, kind, department, email, phone, status, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8)",
            structure_id,
            slug,
            new.name,
            new.kind,
            new.department,
            new.email,
            new.phone,
            platform.clock.now(),
        )
        await audit.record(
            platform, user, "structure.create", structure_id=structure_id, target=slug
        )
    return slug


async def act(platform: Platform, user: CurrentUser, slug: str, deed: Deed, year: int) -> None:
    """Does what the coordination decided, and lets the slots follow. Raises `NotFound`, `Refused` with what to do first."""
    row = await platform.db.fetch_one(
        "SELECT id, status, is_confirmed FROM structure WHERE slug = $1", slug
    )
    if row is None:
        raise NotFound("no such structure")
    structure_id: UUID = row["id"]
    async with platform.db.atomic():
        await lock_structure(platform, structure_id)
        if deed == "open":
            if not row["is_confirmed"]:
                raise Refused(
                    _("Son existence reste à confirmer : elle ne peut pas encore être ouverte.")
                )
            await _set_status(platform, structure_id, "active")
        elif deed == "close":
            await _refuse_if_awaited(platform, structure_id)
            await _set_status(platform, structure_id, "closed")
        else:
            await _set_agreement(
                platform, structure_id, year, "active" if deed == "agree" else "ended"
            )
        await audit.record(
            platform,
            user,
            f"structure.{deed}",
            structure_id=structure_id,
            target=slug,
            detail={"year": year} if deed in {"agree", "end"} else {},
        )
        await refresh_structure(platform, structure_id)


async def renew(platform: Platform) -> int:
    """Tacit renewal: from October, an agreement that is active goes on the next year unless something else was said; how many."""
    today = local_date(platform.clock.now(), platform.zone)
    if today.month < RENEWED_FROM_MONTH:
        return 0
    rows = await platform.db.fetch(
        "INSERT INTO agreement (structure, year, status) SELECT structure, year + 1, 'active' FROM agreement"
        " WHERE year = $1 AND status = 'active' ON CONFLICT DO NOTHING RETURNING structure",
        today.year,
    )
    for row in rows:
        await audit.record(
            platform,
            None,
            "structure.renew",
            structure_id=row["structure"],
            target=str(row["structure"]),
            detail={"year": today.year + 1},
        )
        await refresh_structure(platform, row["structure"])
    return len(rows)


async def _set_status(platform: Platform, structure_id: UUID, status: str) -> None:
    await platform.db.execute(
        "UPDATE structure SET status = $2 WHERE id = $1", structure_id, status
    )


async def _set_agreement(platform: Platform, structure_id: UUID, year: int, status: str) -> None:
    this_year = local_date(platform.clock.now(), platform.zone).year
    if year not in (this_year, this_year + 1):
        raise Refused(_("Une convention se décide pour cette année ou la suivante."))
    await platform.db.execute(
        "INSERT INTO agreement (structure, year, status) VALUES ($1, $2, $3)"
        " ON CONFLICT (structure, year) DO UPDATE SET status = excluded.status",
        structure_id,
        year,
        status,
    )


async def _refuse_if_awaited(platform: Platform, structure_id: UUID) -> None:
    coming = await platform.db.fetch_value(
        "SELECT count(*) FROM appointment WHERE structure = $1 AND status = 'booked' AND starts_at > $2",
        structure_id,
        platform.clock.now(),
    )
    if coming:
        raise Refused(
            ngettext(
                "%(num)d jeune y est attendu·e : confiez ou annulez ce rendez-vous d’abord.",
                "%(num)d jeunes y sont attendu·es : confiez ou annulez ces rendez-vous d’abord.",
                coming,
            )
            % {"num": coming}
        )
