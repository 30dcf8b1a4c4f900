"""Demands: made when no slot suits, seen and withdrawn by their link, counted for the coordination.

Lock order: contact, demand, hold, advisors.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from core.booking import consent
from core.booking.judge import RulesRefused
from core.booking.records import upcoming_of
from core.booking.rules import Age, Contacts, Residence, phone_e164
from core.booking.search import mode_of
from core.contracts.booking import BookingRequest, ChannelMode
from core.contracts.context import StructureRef
from core.demand.links import hold_token
from core.demand.rules import Part, Reach
from core.errors import NotFound, Refused
from core.network.communes import Commune
from core.platform import Platform
from core.storage.locks import lock_contact
from core.web.i18n import _, current_locale

LIFE = timedelta(days=180)
"""How long a demand waits. Then it is closed, and its person may ask again."""

State = Literal["waiting", "booked", "cancelled", "replaced", "unanswered", "lapsed"]


class NewDemand(msgspec.Struct, frozen=True, kw_only=True):
    """What someone asks for, as said in the form. `site` goes with the reach of that name."""

    name: str
    email: str
    phone: str
    birth_date: date
    commune: Commune
    modes: Sequence[ChannelMode]
    reach: Reach = "near"
    site: UUID | None = None
    weekdays: Sequence[int] = ()
    parts: Sequence[Part] = ()


class LiveOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that is kept for a demand right now. `place` is empty unless it is in person; `path` opens the form."""

    starts_at: datetime
    expires_at: datetime
    mode: ChannelMode
    structure: str
    place: str
    path: str


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """A demand as its person sees it."""

    id: UUID
    name: str
    email: str
    modes: tuple[ChannelMode, ...]
    reach: Reach
    department: str
    commune: str
    site: str
    weekdays: tuple[int, ...]
    parts: tuple[Part, ...]
    state: State
    created_at: datetime
    until: datetime
    offer: LiveOffer | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A demand that waits, without a word on who: what the coordination sees. `offers` counts those that were told."""

    department: str
    commune: str
    site: str
    reach: Reach
    modes: tuple[ChannelMode, ...]
    since: datetime
    offers: int


async def create(platform: Platform, new: NewDemand) -> UUID:
    """Keeps a demand; one that the same person has waiting gives way to it, and leaves it its place in line.

    Raises `RulesRefused` as a booking would (age, region, contacts), `Refused` when the person has an appointment to
    come, `NotFound` for a site that does not receive people.
    """
    await _judge(platform, new)
    department = await _area(platform, new)
    demand_id, now = uuid4(), platform.clock.now()
    async with platform.db.atomic():
        await lock_contact(platform.db, new.email)
        if await upcoming_of(platform, name=new.name, email=new.email, birth_date=new.birth_date):
            raise Refused(
                _(
                    "Vous avez déjà un rendez-vous à venir : son lien est dans l’e-mail de confirmation. Vous pouvez le"
                    " déplacer quand vous voulez."
                )
            )
        earlier = await platform.db.fetch(
            "UPDATE demand SET state = 'replaced', closed_at = $4 WHERE state = 'waiting'"
            " AND lower(email) = lower($1) AND birth_date = $2 AND fold(name) = fold($3) RETURNING id, arrived_at",
            new.email,
            new.birth_date,
            new.name,
            now,
        )
        for row in earlier:
            await release_holds(platform, row["id"])
        await platform.db.execute(
            "INSERT INTO demand (id, name, email, phone, birth_date, commune, consent_version, consented_at, locale,"
            " department, modes, reach, site, weekdays, parts, arrived_at, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $8)",
            demand_id,
            new.name,
            new.email,
            phone_e164(new.phone) or "",
            new.birth_date,
            new.commune.insee,
            consent.VERSION,
            now,
            current_locale(),
            department,
            list(new.modes),
            new.reach,
            new.site,
            list(new.weekdays),
            list(new.parts),
            min((row["arrived_at"] for row in earlier), default=now),
        )
    return demand_id


async def _judge(platform: Platform, new: NewDemand) -> None:
    """The rules of a booking that need no slot, as if it were today; raises `RulesRefused` with every refusal.

    Age is for the structure to say when its site is the only place that is asked for, else for the region.
    """
    context = platform.context("core", await platform.plugins.current())
    nowhere = StructureRef(id=UUID(int=0), name="")
    own_rule = await platform.db.fetch_value(
        "SELECT s.age_rule FROM site JOIN structure s ON s.id = site.structure WHERE site.id = $1",
        new.site,
    )
    refusals = {}
    for mode in new.modes:
        request = BookingRequest(
            structure=nowhere,
            channel="",
            mode=mode,
            starts_at=context.now,
            youth_name=new.name,
            email=new.email,
            phone=new.phone,
            birth_date=new.birth_date,
            commune_insee=new.commune.insee,
            max_age=platform.settings.booking.max_age,
            age_rule=own_rule or platform.settings.booking.age_rule,
        )
        for rule in (Age(), Residence(), Contacts()):
            for refusal in rule.check(context, request):
                refusals[refusal.field] = refusal
    if refusals:
        raise RulesRefused(list(refusals.values()))


async def _area(platform: Platform, new: NewDemand) -> str:
    """The department that lacks slots."""
    if new.site is None:
        return new.commune.department
    department: str | None = await platform.db.fetch_value(
        "SELECT department FROM site WHERE id = $1 AND is_enabled", new.site
    )
    if department is None:
        raise NotFound("no such site")
    return department


async def read(platform: Platform, demand_id: UUID) -> Demand:
    """A demand, with the slot that is kept for it if there is one. Raises `NotFound`."""
    now = platform.clock.now()
    demand = await platform.db.struct(
        Demand,
        "SELECT d.id, d.name, d.email, d.modes, d.reach, d.department, c.name AS commune,"
        " coalesce(s.name, '') AS site, d.weekdays, d.parts, d.state, d.created_at, d.created_at + $2 AS until"
        " FROM demand d JOIN commune c ON c.insee = d.commune LEFT JOIN site s ON s.id = d.site WHERE d.id = $1",
        demand_id,
        LIFE,
    )
    if demand is None:
        raise NotFound("no such demand")
    row = await platform.db.fetch_one(
        "SELECT o.id, o.starts_at, h.expires_at, h.channel, s.name AS structure,"
        " concat_ws(', ', nullif(i.name, ''), nullif(i.address, ''), concat_ws(' ', i.postcode, i.city)) AS place"
        " FROM demand_offer o JOIN hold h ON h.id = o.hold AND h.expires_at > $2"
        " JOIN structure s ON s.id = o.structure LEFT JOIN site i ON i.id = h.site"
        " WHERE o.demand = $1",
        demand_id,
        now,
    )
    if row is None or demand.state != "waiting":
        return demand
    offer = LiveOffer(
        starts_at=row["starts_at"],
        expires_at=row["expires_at"],
        mode=mode_of(platform, row["channel"]),
        structure=row["structure"],
        place=row["place"],
        path=f"/reserver/{hold_token(platform, row['id'])}",
    )
    return msgspec.structs.replace(demand, offer=offer)


async def cancel(platform: Platform, demand_id: UUID) -> None:
    """Withdraws a demand, and lets go of what was kept for it; one that is closed stays as it is."""
    async with platform.db.atomic():
        await platform.db.execute(
            "UPDATE demand SET state = 'cancelled', closed_at = $2 WHERE id = $1 AND state = 'waiting'",
            demand_id,
            platform.clock.now(),
        )
        await release_holds(platform, demand_id)


async def release_holds(platform: Platform, demand_id: UUID) -> None:
    """Lets go of every slot that is kept for a demand."""
    await platform.db.execute(
        "UPDATE hold SET expires_at = $2 WHERE expires_at > $2"
        " AND id IN (SELECT hold FROM demand_offer WHERE demand = $1)",
        demand_id,
        platform.clock.now(),
    )


async def count_waiting(platform: Platform) -> dict[str, int]:
    """How many wait, by department, the most first."""
    rows = await platform.db.fetch(
        "SELECT department, count(*) FROM demand WHERE state = 'waiting' GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return {row["department"]: row["count"] for row in rows}


async def list_waiting(platform: Platform, department: str = "") -> list[Waiting]:
    """Who waits where, in order of arrival, without names."""
    return await platform.db.structs(
        Waiting,
        "SELECT d.department, c.name AS commune, coalesce(s.name, '') AS site, d.reach, d.modes,"
        " d.arrived_at AS since, (SELECT count(*) FROM demand_offer o WHERE o.demand = d.id AND EXISTS"
        "  (SELECT FROM receipt r WHERE r.offer = o.id AND r.state IN ('sent', 'kept'))) AS offers"
        " FROM demand d JOIN commune c ON c.insee = d.commune LEFT JOIN site s ON s.id = d.site"
        " WHERE d.state = 'waiting' AND $1 IN ('', d.department) ORDER BY d.arrived_at, d.id",
        department,
    )
