"""The sites of a structure and how to reach it: what youths read before they come."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.agenda.service import refresh_structure
from core.booking.rules import is_email, phone_e164
from core.errors import NotFound, Refused
from core.network.communes import Commune
from core.network.managed import Managed
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class SiteForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed of a site; `commune_insee` is the code chosen beside the commune's name."""

    name: Annotated[str, Meta(min_length=2, max_length=120)]
    commune: Annotated[str, Meta(max_length=100)]
    commune_insee: Annotated[str, Meta(max_length=10)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""
    directions: Annotated[str, Meta(max_length=1000)] = ""


class ReachForm(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a structure, and a word on it."""

    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    presentation: Annotated[str, Meta(max_length=2000)] = ""


class SiteView(msgspec.Struct, frozen=True, kw_only=True):
    """A site. `openings` counts those that still offer times there, `coming` the appointments ahead."""

    id: UUID
    name: str
    address: str
    postcode: str
    city: str
    insee: str | None
    directions: str
    is_enabled: bool
    openings: int
    coming: int


_SITES = """
    SELECT i.id, i.name, i.address, i.postcode, i.city, i.insee, i.directions, i.is_enabled,
        (SELECT count(*) FROM opening o WHERE o.site = i.id
            AND CASE WHEN o.repeat = 'none' THEN o.starts_on ELSE coalesce(o.ends_on, 'infinity') END >= $2) AS openings,
        (SELECT count(*) FROM appointment p WHERE p.site = i.id AND p.status = 'booked' AND p.ends_at > $3) AS coming
    FROM site i WHERE i.structure = $1
"""


async def list_sites(platform: Platform, structure: Managed) -> Sequence[SiteView]:
    """The sites of a structure, the open ones first, by name."""
    return await platform.db.structs(
        SiteView,
        f"{_SITES} ORDER BY i.is_enabled DESC, fold(i.name), i.id",
        structure.id,
        structure.today,
        platform.clock.now(),
    )


async def read_site(platform: Platform, structure: Managed, site_id: UUID) -> SiteView:
    """One site of the structure. Raises `NotFound`."""
    found = await platform.db.struct(
        SiteView,
        f"{_SITES} AND i.id = $4",
        structure.id,
        structure.today,
        platform.clock.now(),
        site_id,
    )
    if found is None:
        raise NotFound("no such site")
    return found


async def save_site(
    platform: Platform,
    user: CurrentUser,
    structure: Managed,
    form: SiteForm,
    *,
    commune: Commune,
    site: SiteView | None = None,
) -> UUID:
    """Adds a site, or changes one; its place on the map is that of its commune's town hall.

    A site that stays in its commune keeps the exact place that it may have.
    """
    typed = form.commune.strip()
    postcode = next((code for code in commune.postcodes if code in typed), "")
    values = (
        site.id if site else uuid4(),
        form.name,
        form.address,
        postcode
        or (site.postcode if site and site.insee == commune.insee else commune.postcodes[0]),
        commune.name,
        commune.insee,
        commune.department,
        form.directions,
        commune.lat,
        commune.lon,
    )
    async with platform.db.atomic():
        if site is None:
            await platform.db.execute(
                "INSERT INTO site (structure, id, name, address, postcode, city, insee, department, directions, lat, lon)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                structure.id,
                *values,
            )
        else:
            await platform.db.execute(
                "UPDATE site SET name = $3, address = $4, postcode = $5, city = $6, insee = $7, department = $8,"
                " directions = $9, lat = CASE WHEN insee = $7 THEN lat ELSE $10 END,"
                " lon = CASE WHEN insee = $7 THEN lon ELSE $11 END WHERE structure = $1 AND id = $2",
                structure.id,
                *values,
            )
        await _record(platform, user, structure, "site.saved", values[0])
    return values[0]


async def turn_site(
    platform: Platform, user: CurrentUser, structure: Managed, site_id: UUID, *, enabled: bool
) -> None:
    """Opens or closes a site: its interviews in person are offered, or no longer; those by phone or video stay.

    Appointments that are booked there stand. Raises `NotFound`.
    """
    async with platform.db.atomic():
        turned = await platform.db.execute(
            "UPDATE site SET is_enabled = $3 WHERE structure = $1 AND id = $2",
            structure.id,
            site_id,
            enabled,
        )
        if not turned:
            raise NotFound("no such site")
        action = "site.opened" if enabled else "site.closed"
        await _record(platform, user, structure, action, site_id)
        await refresh_structure(platform, structure.id)


async def save_reach(
    platform: Platform, user: CurrentUser, structure: Managed, form: ReachForm
) -> None:
    """Keeps how to reach the structure. Raises `Refused` on the field `email` or `phone`."""
    if form.email and not is_email(form.email):
        raise Refused(_("Cette adresse e-mail n’est pas valable. Vérifiez-la."), field="email")
    if form.phone and phone_e164(form.phone) is None:
        raise Refused(
            _("Ce numéro n’est pas valable. Écrivez-le par exemple 05 56 12 34 56."), field="phone"
        )
    async with platform.db.atomic():
        await platform.db.execute(
            "UPDATE structure SET email = $2, phone = $3, presentation = $4 WHERE id = $1",
            structure.id,
            form.email,
            form.phone,
            form.presentation,
        )
        await _record(platform, user, structure, "structure.reach_saved", structure.id)


async def _record(
    platform: Platform, user: CurrentUser, structure: Managed, action: str, target: UUID
) -> None:
    await audit.record(platform, user, action, structure_id=structure.id, target=str(target))
