"""Two structures side by side, for contracts: what is asked for one must never show in the answer for the other."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from core.accounts.sessions import COOKIE
from core.clock import Clock
from core.contracts.agenda import SlotQuery
from core.contracts.booking import AppointmentView
from core.contracts.context import PluginContext, Services, StructureRef
from core.contracts.surfaces import Access
from core.platform import Platform
from core.testing.factories import (
    account_of,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    signed_in,
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A structure with a site, two trained advisors, and what a plugin is told of it."""

    structure: StructureRef
    site_id: UUID
    advisor_ids: tuple[UUID, ...]
    services: Services
    clock: Clock

    def context(self, settings: Any = None, locale: str = "fr") -> PluginContext:
        """As a plugin is asked for this structure."""
        return PluginContext(
            structure=self.structure,
            settings=settings,
            now=self.clock.now(),
            services=self.services,
            locale=locale,
        )

    def region(self, settings: Any = None, *others: "Place") -> PluginContext:
        """As a plugin is asked for the region, where it is on here (and in `others`)."""
        return PluginContext(
            structure=None,
            settings=settings,
            now=self.clock.now(),
            services=self.services,
            structures=tuple(place.structure for place in (self, *others)),
        )

    def query(self, days: float = 30, after: float = 0) -> SlotQuery:
        """The advisors of this structure, over so many days from now on."""
        start = self.clock.now() + timedelta(days=after)
        return SlotQuery(
            starts_at=start,
            ends_at=start + timedelta(days=days),
            advisor_ids=self.advisor_ids,
        )


class TwoStructures(msgspec.Struct, frozen=True, kw_only=True):
    """The structure that is asked about, and another one."""

    here: Place
    there: Place


async def make_place(platform: Platform, name: str, **values: Any) -> Place:
    """A structure with a site and two advisors."""
    database = platform.db
    structure_id = await make_structure(database, name, **values)
    site_id = await make_site(database, structure_id)
    advisors = [await make_advisor(database, structure_id) for _ in range(2)]
    (ref,) = await database.structs(
        StructureRef,
        "SELECT id, name, slug, department, phone, email FROM structure WHERE id = $1",
        structure_id,
    )
    return Place(
        structure=ref,
        site_id=site_id,
        advisor_ids=tuple(advisors),
        services=platform.services,
        clock=platform.clock,
    )


async def book(platform: Platform, place: Place, **values: Any) -> AppointmentView:
    """An appointment of the first advisor, in a week at the same hour, as plugins see it."""
    from core.booking import views  # noqa: PLC0415 - a kit that loads as a pytest plugin stays light

    starts_at = values.pop("starts_at", platform.clock.now() + timedelta(days=7))
    id_ = await make_appointment(
        platform.db, place.advisor_ids[0], place.structure.id, starts_at, **values
    )
    return await views.read_view(platform, id_)


async def switch(platform: Platform, plugin_id: str, *, on: bool) -> None:
    """Switches a plugin on, or off, in every structure."""
    await platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ($1, $2)"
        " ON CONFLICT (plugin) DO UPDATE SET policy = excluded.policy",
        plugin_id,
        "mandatory" if on else "forbidden",
    )
    await platform.plugins.fresh()


async def enter_as(
    platform: Platform, client: httpx.AsyncClient, place: Place, access: Access
) -> None:
    """Makes the client somebody of a role; of the structure, where the role is one of a structure."""
    client.cookies.delete(COOKIE)
    if access in {"coordinator", "admin"}:
        account = await make_account(platform.db, region_role=access)
    elif access in {"advisor", "manager"}:
        advisor = await make_advisor(platform.db, place.structure.id, role=access)
        account = await account_of(platform.db, advisor)
    else:
        return
    await signed_in(platform, client, account)
