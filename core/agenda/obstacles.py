"""Why nobody can book an advisor, in French, each with how to mend it: who they are, where they work, what they offer.

The reasons are told from the outermost in: a structure without an agreement is not told that its openings are empty.
What hides the supply for a moment (a calendar that does not answer) is told by `views.list_problems`.
"""

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk, Workplace, read_desk
from core.agenda.shortage import Obstacle, find_shortage
from core.agenda.vacancies import count_vacancies
from core.clock import local_date
from core.platform import Platform
from core.web.i18n import _


class _Person(msgspec.Struct, frozen=True, kw_only=True):
    trained_on: date | None
    is_disabled: bool


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    status: Literal["draft", "active", "closed"]
    years: tuple[int, ...]
    horizon_days: int


async def list_obstacles(platform: Platform, desk: Desk) -> list[Obstacle]:
    """What keeps youths from booking at this desk; nothing when they can, in each of its structures."""
    today = local_date(platform.clock.now(), platform.zone)
    person = await _of_person(platform, desk, today)
    free = await count_vacancies(platform, desk)
    found = list(person)
    for workplace, standing in await _standings(platform, desk):
        outer = _of_structure(standing, today)
        if not outer and not person and not free.get((workplace.id, "open")):
            outer = await find_shortage(platform, desk, workplace)
        found += outer or _of_next_year(standing, today)
    return found


async def list_structure_obstacles(
    platform: Platform, user: CurrentUser, structure_id: UUID
) -> list[tuple[Obstacle, list[str]]]:
    """The obstacles of a structure's advisors, each once, with the names of those it concerns.

    For who manages the structure; its number of queries grows with the team.
    """
    team = await platform.db.fetch(
        "SELECT a.id FROM membership m JOIN advisor a ON a.account = m.account WHERE m.structure = $1"
        " AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL ORDER BY a.display_name, a.id",
        structure_id,
    )
    found: dict[Obstacle, list[str]] = {}
    for row in team:
        desk = await read_desk(platform, user, row["id"])
        here = tuple(one for one in desk.workplaces if one.id == structure_id)
        desk = msgspec.structs.replace(desk, mine=False, workplaces=here)
        for obstacle in await list_obstacles(platform, desk):
            found.setdefault(obstacle, []).append(desk.name)
    return list(found.items())


async def _standings(platform: Platform, desk: Desk) -> list[tuple[Workplace, _Standing]]:
    found = await platform.db.structs(
        _Standing,
        "SELECT s.id, s.name, s.status, coalesce(s.horizon_days, $2::int) AS horizon_days,"
        " ARRAY(SELECT g.year FROM agreement g WHERE g.structure = s.id AND g.status = 'active') AS years"
        " FROM structure s WHERE s.id = ANY($1::uuid[])",
        [workplace.id for workplace in desk.workplaces],
        platform.settings.booking.horizon_days,
    )
    by_id = {standing.id: standing for standing in found}
    return [(workplace, by_id[workplace.id]) for workplace in desk.workplaces]


async def _of_person(platform: Platform, desk: Desk, today: date) -> list[Obstacle]:
    person = await platform.db.struct(
        _Person,
        "SELECT a.trained_on, c.disabled_at IS NOT NULL AS is_disabled FROM advisor a"
        " JOIN account c ON c.id = a.account WHERE a.id = $1",
        desk.advisor_id,
    )
    assert person is not None
    found = []
    if person.is_disabled:
        found.append(
            Obstacle(
                text=_("Ce compte est fermé : ses créneaux ne sont pas proposés."),
                mend=_("La coordination peut le rouvrir."),
            )
        )
    if person.trained_on is None or person.trained_on > today:
        found.append(
            Obstacle(
                text=_(
                    "La formation n’est pas encore validée : les créneaux ne sont pas proposés."
                ),
                mend=_(
                    "Une fois suivie, la référente ou le référent la valide dans l’équipe de la structure."
                ),
            )
        )
    if not desk.workplaces:
        found.append(
            Obstacle(
                text=_("Vous n’êtes dans aucune structure pour le moment."),
                mend=_(
                    "Acceptez l’invitation reçue par courriel, ou demandez-en une à votre référent·e."
                ),
            )
        )
    return found


def _of_structure(standing: _Standing, today: date) -> list[Obstacle]:
    values = {"structure": standing.name, "year": today.year}
    if standing.status != "active":
        return [
            Obstacle(
                text=_("%(structure)s n’est pas ouverte au public.") % values,
                mend=_("C’est la coordination qui ouvre une structure."),
            )
        ]
    if today.year not in standing.years:
        return [
            Obstacle(
                text=_("%(structure)s n’a pas de convention active en %(year)d.") % values,
                mend=_(
                    "La coordination l’active dès qu’elle est signée ; les créneaux reviennent aussitôt."
                ),
            )
        ]
    return []


def _of_next_year(standing: _Standing, today: date) -> list[Obstacle]:
    """The horizon reaches into a year without an agreement."""
    year = (today + timedelta(days=standing.horizon_days)).year
    if year in standing.years:
        return []
    values = {"structure": standing.name, "year": year}
    return [
        Obstacle(
            text=_(
                "%(structure)s n’a pas encore de convention pour %(year)d : rien n’est proposé à partir du 1er janvier."
            )
            % values,
            mend=_("La coordination renouvelle les conventions ; les créneaux suivront."),
        )
    ]
