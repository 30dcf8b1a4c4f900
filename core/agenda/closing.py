"""An advisor leaves a structure: nothing opens there any more. What is past stays as it was."""

from uuid import UUID

from core.agenda.service import refresh
from core.clock import local_date
from core.platform import Platform


async def close_supply(
    platform: Platform, advisor_id: UUID, structure_id: UUID, *, everywhere: bool
) -> None:
    """Ends the advisor's openings in a structure from today on, in the caller's transaction; the slots follow.

    `everywhere`: they work nowhere else, so their absences end too.
    """
    today = local_date(platform.clock.now(), platform.zone)
    async with platform.db.atomic():
        await platform.db.execute(
            "DELETE FROM opening WHERE advisor = $1 AND structure = $2 AND starts_on > $3",
            advisor_id,
            structure_id,
            today,
        )
        await platform.db.execute(
            "UPDATE opening SET repeat = CASE WHEN starts_on = $3 THEN 'none' ELSE repeat END,"
            " ends_on = CASE WHEN starts_on < $3 THEN $3 END"
            " WHERE advisor = $1 AND structure = $2 AND repeat <> 'none' AND coalesce(ends_on, 'infinity') > $3",
            advisor_id,
            structure_id,
            today,
        )
        if everywhere:
            await _end_absences(platform, advisor_id)
        await refresh(platform, [advisor_id])


async def _end_absences(platform: Platform, advisor_id: UUID) -> None:
    today = local_date(platform.clock.now(), platform.zone)
    await platform.db.execute(
        "DELETE FROM absence WHERE advisor = $1 AND starts_on > $2", advisor_id, today
    )
    await platform.db.execute(
        "UPDATE absence SET until = $2 WHERE advisor = $1 AND repeat <> 'none'"
        " AND coalesce(until, 'infinity') > $2",
        advisor_id,
        today,
    )
