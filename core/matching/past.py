"""Needs of the past, to try rules and strategies on: what was wanted, and what the advisor kept. Nobody's name.

The coordination reads them in figures. Names, communes and free words stay with the structure that received the youth; the
words come along only where the youth agreed to hear of new sheets. A date of birth is brought down to its month.
"""

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from core.contracts.matching import Need, PastNeed, Profile, Project
from core.platform import Platform

_FREE = ("background", "experience", "leisure", "passions")


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    held_on: date
    profile: Profile
    project: Project
    agrees: bool
    kept: tuple[str, ...]


async def list_past(platform: Platform, *, most: int = 500) -> Sequence[PastNeed]:
    """The needs of the latest interviews that were held and say what was wanted, the latest first."""
    rows = await platform.db.structs(
        _Row,
        """
        SELECT (a.starts_at AT TIME ZONE $2)::date AS held_on, i.profile, i.project, y.ideas_at IS NOT NULL AS agrees,
            ARRAY(SELECT k.programme FROM kept_programme k
                WHERE k.appointment = a.id AND k.state = 'kept' ORDER BY k.position) AS kept
        FROM interview i JOIN appointment a ON a.id = i.appointment JOIN youth y ON y.id = a.youth
        WHERE i.outcome = 'honoured'
            AND coalesce(i.project -> 'domains', '[]') || coalesce(i.project -> 'zones', '[]') <> '[]'
        ORDER BY a.starts_at DESC, a.id LIMIT $1
        """,
        most,
        platform.settings.timezone,
    )
    return [_blurred(number, row) for number, row in enumerate(rows, start=1)]


def _blurred(number: int, row: _Row) -> PastNeed:
    profile, project = row.profile, row.project
    if profile.birth_date is not None:
        profile = replace(profile, birth_date=profile.birth_date.replace(day=1))
    if not row.agrees:
        profile = replace(profile, **dict.fromkeys(_FREE, ""))
        project = replace(project, wish="")
    return PastNeed(
        number=number,
        need=Need(profile=profile, project=project, today=row.held_on),
        kept=row.kept,
        words=row.agrees,
    )
