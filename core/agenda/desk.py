"""Whose agenda it is: an advisor's own, or that of an advisor whose structure the user manages."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.errors import NotFound
from core.platform import Platform

_WORKPLACES = """
SELECT s.id, s.name, coalesce(s.slot_minutes, $2::int) AS slot_minutes,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', site.id, 'name', site.name, 'city', site.city) ORDER BY site.name)
    FROM site WHERE site.structure = s.id AND site.is_enabled), '[]'::jsonb) AS sites
FROM advisor a
JOIN membership m ON m.account = a.account AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL
JOIN structure s ON s.id = m.structure
WHERE a.id = $1
ORDER BY s.name, s.id
"""
_COLLEAGUES = """
SELECT DISTINCT a.id AS advisor_id, a.display_name AS name
FROM advisor a
JOIN membership m ON m.account = a.account AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL
WHERE m.structure = ANY($1::uuid[])
ORDER BY a.display_name, a.id
"""


class SiteChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An enabled site."""

    id: UUID
    name: str
    city: str


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A structure where an advisor works, with its enabled sites and how long a slot lasts there."""

    id: UUID
    name: str
    slot_minutes: int
    sites: tuple[SiteChoice, ...]


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor, by the name that youths read."""

    advisor_id: UUID
    name: str


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor's agenda as one user may use it: `workplaces` are only those where the user has a say."""

    advisor_id: UUID
    name: str
    mine: bool
    workplaces: tuple[Workplace, ...]

    @property
    def query(self) -> str:
        """What an address ends with to stay at this desk."""
        return "" if self.mine else f"?conseiller={self.advisor_id}"

    def workplace(self, structure_id: UUID | None) -> Workplace | None:
        """The workplace of a structure; the only one when none is asked."""
        if structure_id is None and len(self.workplaces) == 1:
            return self.workplaces[0]
        return next((one for one in self.workplaces if one.id == structure_id), None)


async def read_desk(platform: Platform, user: CurrentUser, advisor_id: UUID | None = None) -> Desk:
    """The desk of an advisor, the user's own when none is named.

    Raises `NotFound` when there is none, or when the user manages none of the advisor's structures.
    """
    advisor_id = advisor_id or user.advisor_id
    name = await platform.db.fetch_value(
        "SELECT display_name FROM advisor WHERE id = $1", advisor_id
    )
    if advisor_id is None or name is None:
        raise NotFound("no such advisor")
    mine = advisor_id == user.advisor_id
    found = await read_workplaces(platform, advisor_id)
    workplaces = tuple(one for one in found if mine or user.manages(one.id))
    if not mine and not workplaces:
        raise NotFound("an advisor of another structure")
    return Desk(advisor_id=advisor_id, name=name, mine=mine, workplaces=workplaces)


async def read_workplaces(platform: Platform, advisor_id: UUID) -> Sequence[Workplace]:
    """Every structure where an advisor works, by name."""
    return await platform.db.structs(
        Workplace, _WORKPLACES, advisor_id, platform.settings.booking.slot_minutes
    )


async def list_colleagues(platform: Platform, user: CurrentUser) -> Sequence[Colleague]:
    """The advisors of the structures that the user manages in person."""
    managed = [m.structure_id for m in user.memberships if m.role == "manager"]
    return await platform.db.structs(Colleague, _COLLEAGUES, managed)


async def list_team(platform: Platform, user: CurrentUser, desk: Desk) -> Sequence[Colleague]:
    """The advisors of the desk's workplaces that the user manages: those for whom something may be entered at once."""
    managed = [workplace.id for workplace in desk.workplaces if user.manages(workplace.id)]
    return await platform.db.structs(Colleague, _COLLEAGUES, managed)
