"""The other way round: whom a sheet would suit, among the youths who want to hear of new ones.

A list for those who received them, never a message. An advisor sees the youths of their own interviews, a manager those
of the structure; the coordination sees nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.catalogue import service as catalogue
from core.catalogue.reasons import worded_verdict
from core.contracts.matching import Crowd, Need, Profile, Programme, Project, Verdict
from core.matching import blend
from core.matching.asking import judge_crowd
from core.matching.choice import available, read_choice
from core.platform import Platform
from core.privacy import audit

SUITS = 0.6
"""From this score on a sheet is worth a call."""
_MOST = 60


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A youth who agreed to hear of new sheets, as their latest interview left them. `seen` are the sheets dealt with."""

    appointment_id: UUID
    structure_id: UUID
    structure: str
    name: str
    starts_at: datetime
    profile: Profile
    project: Project
    seen: frozenset[str] = frozenset()


class Suited(msgspec.Struct, frozen=True, kw_only=True):
    """Someone whom a sheet suits, and why."""

    youth: Someone
    verdict: Verdict

    @property
    def points(self) -> int:
        """The score out of 100."""
        return round(100 * self.verdict.score)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The youths of one structure, and their needs as of today, in the same order."""

    youths: Sequence[Someone]
    crowd: Crowd


async def list_youths(platform: Platform, user: CurrentUser) -> list[Someone]:
    """The youths of this user who agreed, each at their latest interview that was held."""
    managed = [m.structure_id for m in user.memberships if m.role == "manager"]
    return await platform.db.structs(
        Someone,
        """
        SELECT DISTINCT ON (y.id) a.id AS appointment_id, s.id AS structure_id, s.name AS structure, y.name,
            a.starts_at, i.profile, i.project,
            ARRAY(SELECT k.programme FROM kept_programme k JOIN appointment o ON o.id = k.appointment
                WHERE o.youth = y.id) AS seen
        FROM youth y JOIN appointment a ON a.youth = y.id JOIN interview i ON i.appointment = a.id
        JOIN structure s ON s.id = a.structure
        WHERE y.ideas_at IS NOT NULL AND y.anonymised_at IS NULL AND i.outcome = 'honoured' AND (a.advisor = $1 OR a.structure = ANY($2))
        ORDER BY y.id, a.starts_at DESC
        """,
        user.advisor_id,
        managed,
    )


async def suited(platform: Platform, user: CurrentUser, programme: Programme) -> list[Suited]:
    """The youths of this user whom a sheet suits and who have not dealt with it yet, the best first; leaves a trace."""
    youths = [one for one in await list_youths(platform, user) if programme.id not in one.seen]
    found = [
        one
        for structure_id, group in _by_structure(platform, youths).items()
        for one in await _judged(platform, structure_id, group, programme, explained=True)
    ]
    found.sort(key=lambda one: (-one.verdict.score, one.youth.name))
    if found:
        await audit.record(
            platform,
            user,
            "matching.youths_listed",
            target=programme.id,
            detail={"youths": len(found)},
        )
    return found[:_MOST]


async def count_suited(
    platform: Platform, youths: Sequence[Someone], programmes: Sequence[Programme]
) -> dict[str, int]:
    """How many of these youths each sheet suits, by sheet."""
    counts = dict.fromkeys((programme.id for programme in programmes), 0)
    for structure_id, group in _by_structure(platform, youths).items():
        for programme in programmes:
            found = await _judged(platform, structure_id, group, programme, explained=False)
            counts[programme.id] += sum(programme.id not in one.youth.seen for one in found)
    return counts


async def _judged(
    platform: Platform,
    structure_id: UUID,
    group: Group,
    programme: Programme,
    *,
    explained: bool,
) -> list[Suited]:
    """Those of a structure whom a sheet suits, by the strategies that the structure chose."""
    snapshot = await platform.plugins.current()
    on = available(platform, snapshot, structure_id)
    weights = (await read_choice(platform, snapshot, structure_id)).weights
    sheets = await catalogue.read_catalogue(platform)
    asked = [
        await judge_crowd(
            platform,
            snapshot,
            on[key],
            structure_id,
            crowd=group.crowd,
            programme=programme,
            catalogue=sheets,
        )
        for key in weights
        if key in on
    ]
    answered = [one for one in asked if not one.problem]
    if not answered:
        return []
    whole = blend.blended(answered, weights)
    places = [
        place
        for place, score in enumerate(whole.scores)
        if score >= SUITS and not whole.excluded[place]
    ]
    verdicts: Mapping[int, Verdict] = {
        place: Verdict(programme_id=programme.id, score=float(whole.scores[place]))
        for place in places
    }
    if explained:
        ids = [programme.id] * len(places)
        verdicts = await blend.explain(platform, answered, whole, places, ids) or {}
    return [
        Suited(youth=group.youths[place], verdict=worded_verdict(verdict))
        for place, verdict in verdicts.items()
    ]


def _by_structure(platform: Platform, youths: Sequence[Someone]) -> dict[UUID, Group]:
    today: date = platform.clock.now().astimezone(platform.zone).date()
    groups: dict[UUID, list[Someone]] = {}
    for one in youths:
        groups.setdefault(one.structure_id, []).append(one)
    return {
        structure_id: Group(
            youths=members,
            crowd=Crowd(
                revision="",
                needs=tuple(
                    Need(profile=one.profile, project=one.project, today=today) for one in members
                ),
            ),
        )
        for structure_id, members in groups.items()
    }
