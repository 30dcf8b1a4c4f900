"""What the advisor does with the sheets: keep, set aside, take back, put in order."""

from typing import Literal
from uuid import UUID

from core.accounts.access import CurrentUser
from core.interviews import kept, service
from core.interviews.ranking import rank_for
from core.platform import Platform


async def keep(
    platform: Platform, user: CurrentUser, appointment_id: UUID, programme_id: str
) -> None:
    """Keeps a sheet for the youth, at its present version, with the present verdict.

    Raises `NotFound` for a sheet that is not published, `Refused` for one that a hard rule excludes.
    """
    await _put(platform, user, appointment_id, programme_id, "kept")


async def set_aside(
    platform: Platform, user: CurrentUser, appointment_id: UUID, programme_id: str
) -> None:
    """Takes a sheet out of the ranking without keeping it. Raises `NotFound` for a sheet that is not published."""
    await _put(platform, user, appointment_id, programme_id, "set_aside")


async def _put(
    platform: Platform,
    user: CurrentUser,
    appointment_id: UUID,
    programme_id: str,
    state: Literal["kept", "set_aside"],
) -> None:
    async with platform.db.atomic():
        await service.lock(platform, appointment_id)
        interview = await service.open_to_write(platform, user, appointment_id)
        ranking = await rank_for(
            platform,
            interview.structure_id,
            interview.profile,
            interview.project,
            about=programme_id,
        )
        await service.start(platform, interview)
        await kept.put(platform, appointment_id, programme_id, state, ranking)


async def undo(
    platform: Platform, user: CurrentUser, appointment_id: UUID, programme_id: str
) -> None:
    """Puts a kept sheet, or one set aside, back among the others, without its words."""
    async with platform.db.atomic():
        await service.lock(platform, appointment_id)
        await service.open_to_write(platform, user, appointment_id)
        await kept.remove(platform, appointment_id, programme_id)


async def shift(
    platform: Platform, user: CurrentUser, appointment_id: UUID, programme_id: str, by: int
) -> None:
    """Moves a kept sheet up (`by` -1) or down (+1). Raises `NotFound` when it is not kept."""
    async with platform.db.atomic():
        await service.lock(platform, appointment_id)
        await service.open_to_write(platform, user, appointment_id)
        await kept.shift(platform, appointment_id, programme_id, by)
