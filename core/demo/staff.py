"""Writes the demonstration's people: accounts, advisors, their openings and absences, the agreements of their structures."""

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.passwords import hash_password
from core.demo.accounts import DEMO_PASSWORD, WALK_ADVISOR
from core.demo.network import NO_VIDEO, PARTNERS, REMOTE, Offer, Partner, Person
from core.demo.rows import demo_id, insert
from core.errors import SoMobiliteError
from core.platform import Platform

WEEKS_BEFORE = 10
COORDINATOR = "Romane"


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor as written, with where and when they receive. `ready`: a youth may book."""

    advisor_id: UUID
    person: Person
    partner: Partner
    structure_id: UUID
    department: str
    site_id: UUID
    email: str
    first_day: date

    @property
    def ready(self) -> bool:
        """Accepted, trained, and of a structure with an agreement."""
        return self.person.accepted and self.person.trained and self.partner.agreed

    @property
    def walks(self) -> bool:
        """Whether this is the advisor of the walk, who is busy today."""
        return self.email == WALK_ADVISOR


async def write_network(platform: Platform, today: date) -> list[Host]:
    """Activates the structures and gives them people, openings and absences; returns the advisors."""
    hosts = [
        host
        for number, partner in enumerate(PARTNERS)
        for host in await _activate(platform, partner, number, today)
    ]
    await _write_people(platform, hosts)
    await _switch_video_off(platform, hosts)
    await insert(platform.db, "opening", [row for host in hosts for row in openings(host, today)])
    await insert(platform.db, "absence", _absences(hosts, today))
    return hosts


async def _activate(platform: Platform, partner: Partner, number: int, today: date) -> list[Host]:
    found = await platform.db.fetch(
        "SELECT s.id, i.id AS site, i.insee, i.department FROM structure s JOIN site i ON i.structure = s.id"
        " WHERE starts_with(s.name, $1) ORDER BY s.name, i.name",
        partner.name,
    )
    if not found:
        raise SoMobiliteError(
            f"the demonstration needs the structure {partner.name!r} of config/data/structures.csv"
        )
    structure_id: UUID = found[0]["id"]
    sites = {row["insee"]: row for row in found if row["id"] == structure_id}
    await platform.db.execute(
        "UPDATE structure SET status = 'active', is_demo = true, email = $2, phone = $3 WHERE id = $1",
        structure_id,
        f"accueil-{number + 1}@demo.example",
        f"05 36 49 {number + 1:02d} 00",  # a range that no subscriber has
    )
    years = (today.year - 1, today.year, today.year + 1)
    status = {True: "active", False: "ended"}
    agreements = [
        {
            "structure": structure_id,
            "year": year,
            "status": status[partner.agreed or year < today.year],
        }
        for year in (years if partner.agreed else years[:2])
    ]
    await insert(platform.db, "agreement", agreements)
    return [
        Host(
            advisor_id=demo_id("advisor", person.first_name),
            person=person,
            partner=partner,
            structure_id=structure_id,
            department=sites.get(person.site, found[0])["department"],
            site_id=sites.get(person.site, found[0])["site"],
            email=_email(person.first_name),
            first_day=today - timedelta(days=today.weekday(), weeks=WEEKS_BEFORE),
        )
        for person in partner.people
    ]


def _email(first_name: str) -> str:
    return f"{first_name.lower().translate(str.maketrans('éïè', 'eie'))}@demo.example"


async def _write_people(platform: Platform, hosts: list[Host]) -> None:
    """Everyone signs in with the same password: hashed once, for it is slow on purpose."""
    hashed = await hash_password(DEMO_PASSWORD)
    long_ago = platform.clock.now() - timedelta(weeks=60)

    def account(
        first_name: str, word: str, *, role: str | None = None, accepted: bool = True
    ) -> dict[str, Any]:
        return {
            "id": demo_id("account", first_name),
            "email": _email(first_name),
            "name": f"{word} démo {first_name}",
            "password_hash": hashed if accepted else None,
            "region_role": role,
            "is_demo": True,
            "locale": "fr",
            "created_at": long_ago,
        }

    def member(
        first_name: str, structure_id: UUID, role: str, *, accepted: bool = True
    ) -> dict[str, Any]:
        return {
            "account": demo_id("account", first_name),
            "structure": structure_id,
            "role": role,
            "invited_at": None if accepted else platform.clock.now(),
            "accepted_at": long_ago if accepted else None,
        }

    people = [(host, host.person) for host in hosts]
    managers = {h.partner.manager: h.structure_id for h in hosts if h.partner.manager}
    await insert(
        platform.db,
        "account",
        [
            account("Alma", "Administratrice", role="admin"),
            account(COORDINATOR, "Coordinatrice", role="coordinator"),
            *(account(name, "Référente") for name in managers),
            *(account(p.first_name, p.word, accepted=p.accepted) for _, p in people),
        ],
    )
    await insert(
        platform.db,
        "advisor",
        [
            {
                "id": host.advisor_id,
                "account": demo_id("account", person.first_name),
                "display_name": person.display_name,
                "phone": "05 36 49 99 00",
                "trained_on": long_ago.date() if person.trained else None,
                "notice_level": "all",
            }
            for host, person in people
        ],
    )
    await insert(
        platform.db,
        "membership",
        [
            *(member(name, structure_id, "manager") for name, structure_id in managers.items()),
            *(
                member(p.first_name, host.structure_id, "advisor", accepted=p.accepted)
                for host, p in people
            ),
        ],
    )


async def _switch_video_off(platform: Platform, hosts: list[Host]) -> None:
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_by, changed_at)"
        " VALUES ('visio_jitsi', $1, 'off', $2, $3)",
        next(host.structure_id for host in hosts if host.partner.name == NO_VIDEO),
        demo_id("account", COORDINATOR),
        platform.clock.now(),
    )


def openings(host: Host, today: date) -> list[dict[str, Any]]:
    """The rows of an advisor's openings; the walk's advisor also receives today and until the week ends."""
    rows = [_opening(host, offer, _first_day(host, offer)) for offer in host.person.offers]
    if host.walks:
        ends_on = today + timedelta(days=6 - today.weekday())
        days = (ends_on - today).days + 1
        rows += [
            _opening(host, Offer(weekday=0, start=9, end=19), today + timedelta(days=n), "none")
            for n in range(days)
        ]
    return rows


def _first_day(host: Host, offer: Offer) -> date:
    day = host.first_day + timedelta(days=offer.weekday)
    if offer.repeat == "monthly" and day.day > 28:  # a fifth weekday does not come every month
        day -= timedelta(weeks=1)
    return day


def _opening(
    host: Host, offer: Offer, starts_on: date, repeat: str | None = None
) -> dict[str, Any]:
    start, end = offer.hours
    return {
        "id": demo_id("opening", f"{host.email} {starts_on} {start}"),
        "advisor": host.advisor_id,
        "structure": host.structure_id,
        "site": host.site_id if offer.channels != REMOTE else None,
        "channels": list(offer.channels),
        "repeat": repeat or offer.repeat,
        "every": offer.every,
        "starts_on": starts_on,
        "start_time": start,
        "end_time": end,
        "created_at": f"{host.first_day}T08:00:00Z",
    }


def _absences(hosts: list[Host], today: date) -> list[dict[str, Any]]:
    """A short one, a long one and a weekly one; never the walk's advisor's."""
    monday = today - timedelta(days=today.weekday())
    by_name = {host.person.first_name: host for host in hosts}

    def absence(
        name: str,
        label: str,
        starts: tuple[date, time],
        ends: tuple[date, time],
        until: date | None = None,
    ) -> dict[str, Any]:
        return {
            "id": demo_id("absence", name),
            "advisor": by_name[name].advisor_id,
            "label": label,
            "repeat": "none" if until is None else "weekly",
            "every": 1,
            "starts_on": starts[0],
            "start_time": starts[1],
            "ends_on": ends[0],
            "end_time": ends[1],
            "until": until,
            "created_at": f"{today}T05:00:00Z",
        }

    thursday, two_weeks = monday + timedelta(days=10), monday + timedelta(weeks=3)
    lunch = monday + timedelta(days=1)
    return [
        absence("Garance", "Rendez-vous", (thursday, time(14)), (thursday, time(15, 30))),
        absence("Capucine", "Congés", (two_weeks, time(8)), (two_weeks + timedelta(11), time(18))),
        absence(
            "Salomé",
            "Réunion d’équipe",
            (lunch, time(13)),
            (lunch, time(14)),
            until=monday + timedelta(weeks=26),
        ),
    ]
