"""The network at a glance, and one structure closely: who offers, who is short, who waits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.gauge import GAUGE_WEEKS, Offered, offered_by_week
from core.booking.first import first_starts
from core.clock import local_date
from core.errors import NotFound
from core.platform import Platform
from core.web.i18n import _

Status = Literal["draft", "active", "closed"]


class StructureSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A structure in the list. `advisors` accepted their invitation, `bookable` are trained too.

    `weeks` is the offer from the present week on, of which `chosen` is looked at; `first_free` the first start that can be
    booked, `wait_days` from today; `coming` counts the appointments ahead; `problems` the advisors whose supply cannot be trusted; `agreement` is
    that of the present year, if any.
    """

    id: UUID
    slug: str
    name: str
    kind: str
    department: str
    status: Status
    is_demo: bool
    is_confirmed: bool
    agreement: str | None
    sites: int
    advisors: int
    bookable: int
    problems: int
    coming: int
    weeks: tuple[Offered, ...] = ()
    chosen: int = 0
    first_free: datetime | None = None
    wait_days: int | None = None
    minimum: int = 3

    @property
    def offered(self) -> int:
        """The hours offered in the week that is looked at."""
        return self.weeks[self.chosen].hours

    @property
    def is_short(self) -> bool:
        """Whether an active structure offers less than the minimum that week."""
        return self.status == "active" and self.weeks[self.chosen].is_short(self.minimum)


class SupplyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why an advisor's slots are hidden or stale, and since when."""

    advisor: str
    structure: str
    slug: str
    source: str
    effect: Literal["hidden", "stale"]
    reason: str
    since: datetime


class SiteView(msgspec.Struct, frozen=True, kw_only=True):
    """A site of a structure."""

    name: str
    address: str
    postcode: str
    city: str
    is_enabled: bool
    lat: float
    lon: float


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a structure. `advisor_id` is None for a manager who holds no interviews."""

    name: str
    role: Literal["advisor", "manager"]
    advisor_id: UUID | None
    is_accepted: bool
    trained_on: date | None
    coming: int


class ComingAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment ahead, without a word on who comes."""

    id: UUID
    starts_at: datetime
    channel: str
    advisor: str
    site: str | None


class StructureView(msgspec.Struct, frozen=True, kw_only=True):
    """One structure closely."""

    summary: StructureSummary
    email: str
    phone: str
    presentation: str
    source: str
    sites: Sequence[SiteView]
    members: Sequence[MemberView]
    agreements: Sequence[tuple[int, str]]
    coming: Sequence[ComingAppointment]
    problems: Sequence[SupplyProblem]


def monday_of(platform: Platform) -> date:
    """The Monday of the present week."""
    today = local_date(platform.clock.now(), platform.zone)
    return today - timedelta(days=today.weekday())


def visible_ids(user: CurrentUser) -> list[UUID] | None:
    """The structures that the user manages; None for all."""
    if user.is_coordination:
        return None
    return [m.structure_id for m in user.memberships if m.role == "manager"]


async def list_structures(
    platform: Platform, user: CurrentUser, chosen: int = 0
) -> list[StructureSummary]:
    """The structures that the user may see, by name; `chosen` weeks from now is the one that is looked at.

    The number of queries does not depend on how many there are.
    """
    return await _summaries(platform, visible_ids(user), chosen)


async def list_problems(platform: Platform, user: CurrentUser) -> list[SupplyProblem]:
    """The supply problems in the structures that the user may see, the oldest first."""
    return await _problems(platform, visible_ids(user))


async def read_structure(platform: Platform, user: CurrentUser, slug: str) -> StructureView:
    """One structure. Raises `NotFound` when it does not exist or is not the user's to manage."""
    row = await platform.db.fetch_one(
        "SELECT id, email, phone, presentation, source FROM structure WHERE slug = $1", slug
    )
    if row is None or not user.manages(row["id"]):
        raise NotFound("no such structure")
    structure_id: UUID = row["id"]
    (summary,) = await _summaries(platform, [structure_id])
    agreements = await platform.db.fetch(
        "SELECT year, status FROM agreement WHERE structure = $1 ORDER BY year DESC", structure_id
    )
    return StructureView(
        summary=summary,
        email=row["email"],
        phone=row["phone"],
        presentation=row["presentation"],
        source=row["source"],
        sites=await platform.db.structs(
            SiteView,
            "SELECT name, address, postcode, city, is_enabled, lat, lon FROM site"
            " WHERE structure = $1 ORDER BY name",
            structure_id,
        ),
        members=await _members(platform, structure_id),
        agreements=[(agreement["year"], agreement["status"]) for agreement in agreements],
        coming=await platform.db.structs(
            ComingAppointment,
            "SELECT p.id, p.starts_at, p.channel, a.display_name AS advisor, i.name AS site FROM appointment p"
            " JOIN advisor a ON a.id = p.advisor LEFT JOIN site i ON i.id = p.site"
            " WHERE p.structure = $1 AND p.status = 'booked' AND p.starts_at > $2"
            " ORDER BY p.starts_at LIMIT 10",
            structure_id,
            platform.clock.now(),
        ),
        problems=await _problems(platform, [structure_id]),
    )


async def _summaries(
    platform: Platform, ids: list[UUID] | None, chosen: int = 0
) -> list[StructureSummary]:
    monday = monday_of(platform)
    found = await platform.db.structs(
        StructureSummary,
        """
        SELECT s.id, s.slug, s.name, s.kind, s.department, s.status, s.is_demo, s.is_confirmed,
            g.status AS agreement, coalesce(sites.count, 0) AS sites,
            coalesce(people.advisors, 0) AS advisors, coalesce(people.bookable, 0) AS bookable,
            coalesce(people.problems, 0) AS problems, coalesce(coming.count, 0) AS coming
        FROM structure s
        LEFT JOIN agreement g ON g.structure = s.id AND g.year = $2
        LEFT JOIN (SELECT structure, count(*) FROM site WHERE is_enabled GROUP BY structure) sites
            ON sites.structure = s.id
        LEFT JOIN (
            SELECT m.structure, count(*) AS advisors,
                count(*) FILTER (WHERE a.trained_on IS NOT NULL) AS bookable,
                count(*) FILTER (WHERE EXISTS (SELECT FROM supply_problem p WHERE p.advisor = a.id)) AS problems
            FROM membership m JOIN advisor a ON a.account = m.account
            WHERE m.accepted_at IS NOT NULL AND m.ended_at IS NULL GROUP BY m.structure
        ) people ON people.structure = s.id
        LEFT JOIN (
            SELECT structure, count(*) FROM appointment WHERE status = 'booked' AND starts_at > $1
            GROUP BY structure
        ) coming ON coming.structure = s.id
        WHERE $3::uuid[] IS NULL OR s.id = ANY($3)
        ORDER BY fold(s.name)
        """,
        platform.clock.now(),
        monday.year,
        ids,
    )
    all_ids = [structure.id for structure in found]
    offered = await offered_by_week(platform, all_ids, monday, GAUGE_WEEKS)
    free = await first_starts(platform, all_ids)
    return [
        msgspec.structs.replace(
            structure,
            weeks=tuple(offered[structure.id]),
            chosen=chosen,
            first_free=free.get(structure.id),
            wait_days=_days_until(platform, free.get(structure.id)),
            minimum=platform.settings.booking.minimum_weekly_slots,
        )
        for structure in found
    ]


def _days_until(platform: Platform, start: datetime | None) -> int | None:
    if start is None:
        return None
    today = local_date(platform.clock.now(), platform.zone)
    return (local_date(start, platform.zone) - today).days


async def _members(platform: Platform, structure_id: UUID) -> list[MemberView]:
    return await platform.db.structs(
        MemberView,
        """
        SELECT coalesce(a.display_name, c.name) AS name, m.role, a.id AS advisor_id,
            m.accepted_at IS NOT NULL AS is_accepted, a.trained_on,
            (SELECT count(*) FROM appointment p WHERE p.advisor = a.id AND p.structure = m.structure
                AND p.status = 'booked' AND p.starts_at > $2) AS coming
        FROM membership m JOIN account c ON c.id = m.account LEFT JOIN advisor a ON a.account = m.account
        WHERE m.structure = $1 AND m.ended_at IS NULL ORDER BY m.role DESC, fold(c.name)
        """,
        structure_id,
        platform.clock.now(),
    )


async def _problems(platform: Platform, ids: list[UUID] | None) -> list[SupplyProblem]:
    found = await platform.db.structs(
        SupplyProblem,
        """
        SELECT a.display_name AS advisor, s.name AS structure, s.slug, p.source, p.effect, p.reason, p.since
        FROM supply_problem p JOIN advisor a ON a.id = p.advisor
        JOIN membership m ON m.account = a.account AND m.ended_at IS NULL
        JOIN structure s ON s.id = m.structure
        WHERE $1::uuid[] IS NULL OR s.id = ANY($1)
        ORDER BY p.since, a.display_name
        """,
        ids,
    )
    board = platform.board
    labels = {
        **{owned.item.key: owned.item.label for owned in board.slot_providers},
        **{owned.item.key: owned.item.label for owned in board.busy_sources},
    }
    return [
        msgspec.structs.replace(problem, source=_(labels.get(problem.source, problem.source)))
        for problem in found
    ]
