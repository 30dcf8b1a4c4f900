"""The reception desk: who is expected today at the sites of one's structures, and who is there.

Whoever works in a structure may stand at its door. They read a first name and an initial, never a file.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.recurrence import instant
from core.booking import arrivals
from core.booking.arrivals import DayWord
from core.clock import local_date
from core.errors import NotFound
from core.platform import Platform

_VISITS = """
    SELECT a.id AS appointment_id, a.starts_at, a.ends_at, y.name, adv.display_name AS advisor, s.name AS structure,
        site.name AS site
    FROM appointment a
    JOIN youth y ON y.id = a.youth
    JOIN advisor adv ON adv.id = a.advisor
    JOIN structure s ON s.id = a.structure
    JOIN site ON site.id = a.site
    WHERE a.structure = ANY($1::uuid[]) AND a.status = 'booked' AND a.starts_at >= $2 AND a.starts_at < $3
    ORDER BY s.name, site.name, site.id, a.starts_at, adv.display_name, a.id
"""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who is expected. `may_arrive`: near enough to the hour to be said to be there."""

    appointment_id: UUID
    starts_at: datetime
    ends_at: datetime
    name: str
    advisor: str
    structure: str
    site: str
    word: DayWord | None = None
    may_arrive: bool = False

    @property
    def arrives_from(self) -> datetime:
        """From when on one may say that they are there."""
        return self.starts_at - arrivals.ARRIVES_BEFORE


async def list_visits(platform: Platform, user: CurrentUser) -> Sequence[Visit]:
    """Today's visits in person, by structure, site and hour."""
    now, zone = platform.clock.now(), platform.zone
    today = local_date(now, zone)
    visits = await platform.db.structs(
        Visit,
        _VISITS,
        _workplaces(user),
        instant(today, time.min, zone),
        instant(today + timedelta(days=1), time.min, zone),
    )
    words = await arrivals.list_day_words(platform, [visit.appointment_id for visit in visits])
    return [
        msgspec.structs.replace(
            visit,
            name=short_name(visit.name),
            word=words.get(visit.appointment_id),
            may_arrive=arrivals.may_arrive(visit.starts_at, visit.ends_at, now),
        )
        for visit in visits
    ]


async def welcome(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """Says that somebody is there. Raises `NotFound` for another structure, and what `arrive` refuses."""
    await _ensure_ours(platform, user, appointment_id)
    await arrivals.arrive(platform, appointment_id, user=user)


async def take_back(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """It was somebody else. Raises `NotFound` for another structure, and what `undo_arrival` refuses."""
    await _ensure_ours(platform, user, appointment_id)
    await arrivals.undo_arrival(platform, appointment_id, user)


def short_name(name: str) -> str:
    """« Alix Essai » as « Alix E. »: enough to call someone in a waiting room."""
    words = [word for word in name.split() if word[0].isalpha()]
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name


async def _ensure_ours(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    structure = await platform.db.fetch_value(
        "SELECT structure FROM appointment WHERE id = $1 AND site IS NOT NULL", appointment_id
    )
    if structure not in _workplaces(user):
        raise NotFound("no visit of the user's structures")


def _workplaces(user: CurrentUser) -> list[UUID]:
    return [membership.structure_id for membership in user.memberships]
