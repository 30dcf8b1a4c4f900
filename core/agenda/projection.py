"""The slots of advisors: who may offer them, what the supply gives, and the difference written."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from core.agenda.asking import Asking
from core.agenda.free import FreeSlot, free_slots, held_together
from core.agenda.outside import write_outside
from core.agenda.recurrence import instant
from core.agenda.supply import OfferingStructure, Problem, SlotRow, Supply, Team
from core.agenda.terms import OWN_COLUMNS, OwnTerms, resolve
from core.clock import local_date
from core.contracts.agenda import BusyTime
from core.extension.state import Snapshot
from core.platform import Platform

_MAY_OFFER = f"""
SELECT a.id AS advisor, s.id, {OWN_COLUMNS},
    ARRAY(SELECT year FROM agreement g WHERE g.structure = s.id AND g.status = 'active') AS years,
    ARRAY(SELECT site.id FROM site WHERE site.structure = s.id AND site.is_enabled) AS sites
FROM advisor a
JOIN account c ON c.id = a.account AND c.disabled_at IS NULL
JOIN membership m ON m.account = a.account AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL
JOIN structure s ON s.id = m.structure AND s.status = 'active'
WHERE a.id = ANY($1::uuid[]) AND a.trained_on <= $2
ORDER BY a.id, s.id
"""  # noqa: S608 - the columns are ours
_PRESENT = """
SELECT structure, starts_at, ends_at, site, channels, provider, source, buffer_minutes, is_counted FROM slot
WHERE advisor = $1 AND starts_at >= $2
"""
_DELETE = """
DELETE FROM slot USING unnest($2::uuid[], $3::timestamptz[]) AS gone (structure, starts_at)
WHERE slot.advisor = $1 AND slot.structure = gone.structure AND slot.starts_at = gone.starts_at
"""
_WRITE = """
INSERT INTO slot (advisor, structure, starts_at, ends_at, site, channels, provider, source, buffer_minutes, is_counted)
SELECT $1, new.* FROM jsonb_to_recordset($2) AS new (structure uuid, starts_at timestamptz, ends_at timestamptz,
    site uuid, channels text[], provider text, source text, buffer_minutes integer, is_counted boolean)
ON CONFLICT (advisor, structure, starts_at) DO UPDATE SET ends_at = excluded.ends_at, site = excluded.site,
    channels = excluded.channels, provider = excluded.provider, source = excluded.source,
    buffer_minutes = excluded.buffer_minutes, is_counted = excluded.is_counted
"""
_PLAIN = """
WITH no_more AS (DELETE FROM plain_supply WHERE advisor = $1 AND structure <> ALL($2::uuid[]))
INSERT INTO plain_supply (advisor, structure) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING
"""


class _MayOffer(OwnTerms, frozen=True, kw_only=True):
    advisor: UUID
    id: UUID
    years: frozenset[int]
    sites: frozenset[UUID]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What a projection changed of one advisor's slots: how many were written, new or otherwise, and how many removed."""

    advisor: UUID
    written: int
    removed: int


async def project(
    platform: Platform, snapshot: Snapshot, advisor_ids: Sequence[UUID]
) -> list[Difference]:
    """Makes the slots of these advisors from now on what they should be, in the caller's transaction.

    Slots of the past stay: they are what was offered. Appointments are not taken off: the search does that. Each plugin is
    asked once about all whom it concerns.
    """
    asking = Asking(platform)
    supplies = {one: Supply(platform, snapshot, one, asking) for one in advisor_ids}
    offering = await list_offering(platform, advisor_ids)
    admitted = {one: await supplies[one].admitted(offering[one]) for one in offering}
    team = {one: structures for one, structures in admitted.items() if structures}
    busy = {one: await supplies[one].busy(structures, team) for one, structures in team.items()}
    visible: Team = {one: team[one] for one, found in busy.items() if found is not None}
    return [
        await _project(platform, supply, visible, busy.get(one) or ())
        for one, supply in supplies.items()
    ]


async def _project(
    platform: Platform, supply: Supply, team: Team, busy: Sequence[BusyTime]
) -> Difference:
    """The slots of one advisor; none when they are not in the team of those who are seen."""
    now, advisor_id = platform.clock.now(), supply.advisor_id
    present = await platform.db.structs(SlotRow, _PRESENT, advisor_id, now)
    wanted: list[SlotRow] = []
    for structure in team.get(advisor_id, ()):
        last_good = [row for row in present if row.structure == structure.id]
        colleagues = [one for one, structures in team.items() if structure in structures]
        offers = await supply.offers(structure, last_good, colleagues)
        slots = free_slots(
            offers,
            busy,
            structure.terms.slot_minutes,
            step_minutes=structure.terms.step_minutes,
            buffer_minutes=structure.terms.buffer_minutes,
        )
        wanted += _rows(platform, structure, slots, now)
    difference = await _write_slots(platform, advisor_id, present, wanted)
    today = instant(local_date(now, platform.zone), time.min, platform.zone)
    await write_outside(platform, advisor_id, supply.outside, supply.problems, today)
    await _write_problems(platform, advisor_id, supply.problems)
    await platform.db.execute(_PLAIN, advisor_id, supply.plain)
    return difference


async def list_offering(
    platform: Platform, advisor_ids: Sequence[UUID]
) -> dict[UUID, list[OfferingStructure]]:
    """Where each of these advisors may offer slots, with the terms there: nowhere before their invitation is accepted and their
    training validated.
    """
    today = local_date(platform.clock.now(), platform.zone)
    found: dict[UUID, list[OfferingStructure]] = {one: [] for one in advisor_ids}
    for row in await platform.db.structs(_MayOffer, _MAY_OFFER, list(advisor_ids), today):
        found[row.advisor].append(
            OfferingStructure(
                id=row.id,
                years=row.years,
                sites=row.sites,
                terms=resolve(row, platform.settings.booking),
            )
        )
    return found


def _rows(
    platform: Platform, structure: OfferingStructure, slots: Sequence[FreeSlot], now: datetime
) -> list[SlotRow]:
    """The slots from now to a day past the horizon, in the years of an active agreement."""
    terms = structure.terms
    last = local_date(now, platform.zone) + timedelta(days=terms.horizon_days + 1)
    counted = held_together(slots, terms.buffer_minutes)
    rows = []
    for slot in slots:
        day = local_date(slot.starts_at, platform.zone)
        if slot.starts_at >= now and day <= last and day.year in structure.years:
            rows.append(
                SlotRow(
                    structure=structure.id,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    site=slot.site_id,
                    channels=slot.channels,
                    provider=slot.provider,
                    source=slot.source,
                    buffer_minutes=terms.buffer_minutes,
                    is_counted=slot.starts_at in counted,
                )
            )
    return rows


async def _write_slots(
    platform: Platform, advisor_id: UUID, present: Sequence[SlotRow], wanted: Sequence[SlotRow]
) -> Difference:
    before = {(row.structure, row.starts_at): row for row in present}
    after = {(row.structure, row.starts_at): row for row in wanted}
    gone = [key for key in before if key not in after]
    if gone:
        structures, starts = zip(*gone, strict=True)
        await platform.db.execute(_DELETE, advisor_id, structures, starts)
    changed = [row for key, row in after.items() if before.get(key) != row]
    if changed:
        await platform.db.execute(_WRITE, advisor_id, changed)
    return Difference(advisor=advisor_id, written=len(changed), removed=len(gone))


async def _write_problems(
    platform: Platform, advisor_id: UUID, problems: Mapping[str, Problem]
) -> None:
    rows = await platform.db.fetch(
        "SELECT source, effect, reason FROM supply_problem WHERE advisor = $1", advisor_id
    )
    before = {row["source"]: Problem(effect=row["effect"], reason=row["reason"]) for row in rows}
    over = [source for source in before if source not in problems]
    if over:
        await platform.db.execute(
            "DELETE FROM supply_problem WHERE advisor = $1 AND source = ANY($2)", advisor_id, over
        )
    for source, problem in problems.items():
        if before.get(source) != problem:
            await platform.db.execute(
                "INSERT INTO supply_problem (advisor, source, effect, reason, since)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (advisor, source)"
                " DO UPDATE SET effect = excluded.effect, reason = excluded.reason",
                advisor_id,
                source,
                problem.effect,
                problem.reason,
                platform.clock.now(),
            )
