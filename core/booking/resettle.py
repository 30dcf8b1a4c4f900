"""What becomes of an appointment whose advisor will not be there: the choice, what it would do, and doing it.

Each appointment is settled in a transaction of its own, with one change, hence one notice to the youth; one that cannot be
settled any more leaves the others settled, and says why.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.booking.changes import move
from core.booking.endings import cancel
from core.booking.handling import ensure_unchanged, read_to_handle
from core.booking.reassign import reassign
from core.booking.search import channel_keys
from core.booking.seats import Wanted, list_seats
from core.booking.views import read_view
from core.contracts.booking import VIDEO_INSTEAD, AppointmentView
from core.errors import FriendlyError
from core.notices.preview import Planned
from core.platform import Platform
from core.privacy import audit

Deed = Literal["give", "video", "invite", "move", "cancel", "keep"]
LONGEST_WORD = 500


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided for an appointment, read when it had this `sequence`.

    `give`: to a colleague, as it is. `video`: to a colleague, same hour, by video. `invite`: cancelled, with the way to a
    time by video. `move`: to another start, with `without` left out of who may take it. `cancel`: with a word, by the
    structure unless the youth asked for it.
    """

    appointment_id: UUID
    sequence: int
    deed: Deed
    advisor_id: UUID | None = None
    starts_at: Annotated[datetime, Meta(tz=True)] | None = None
    site_id: UUID | None = None
    without: UUID | None = None
    asked_by_youth: bool = False
    word: str = ""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the choices: how many were done, and why the others were not, by appointment."""

    done: int
    refused: dict[UUID, str]


def read_choice(value: str, appointment_id: UUID, sequence: int, word: str = "") -> Choice | None:
    """The choice that a form's value says; None for anything else.

    Values read `give:<advisor>`, `video:<advisor>`, `move:<instant>` or `move:<instant>@<site>`, `invite`, `cancel`,
    `cancel:youth`, `keep`.
    """
    deed, _colon, target = value.partition(":")
    given: dict[str, Any] = {}
    match deed:
        case "give" | "video":
            given = {"advisor_id": target}
        case "move":
            instant, _at, site = target.partition("@")
            given = {"starts_at": instant, "site_id": site or None}
        case "cancel" if target == "youth":
            given = {"asked_by_youth": True}
        case _ if target:
            return None
    said = {"appointment_id": appointment_id, "sequence": sequence, "deed": deed}
    try:
        return msgspec.convert({**said, **given, "word": word.strip()[:LONGEST_WORD]}, Choice)
    except msgspec.ValidationError:
        return None


async def settle(platform: Platform, user: CurrentUser, choices: Sequence[Choice]) -> Settled:
    """Does what was chosen, each apart; what was done already (a second press) counts as done.

    Raises `NotFound`, and does nothing, when one of the appointments is not the user's to handle.
    """
    refused: dict[UUID, str] = {}
    decided = [choice for choice in choices if choice.deed != "keep"]
    for choice in decided:
        await read_to_handle(platform, user, choice.appointment_id)
    for choice in decided:
        try:
            await settle_one(platform, user, choice)
        except FriendlyError as refusal:
            refused[choice.appointment_id] = refusal.message
    return Settled(done=len(decided) - len(refused), refused=refused)


async def settle_one(platform: Platform, user: CurrentUser, choice: Choice) -> AppointmentView:
    """Does one choice, all or nothing; done twice, it is done once.

    Raises `Conflict` when the appointment changed since it was read, or what the deed itself refuses; `NotFound` for
    an appointment that is not the user's to handle.
    """
    view = await read_to_handle(platform, user, choice.appointment_id)
    if _is_done(choice, view):
        return view
    async with platform.db.atomic():
        await ensure_unchanged(platform, choice.appointment_id, choice.sequence)
        await _do(platform, user, choice)
        if choice.deed in {"move", "cancel", "invite"} and user.advisor_id != view.advisor_id:
            await audit.record(
                platform,
                user,
                f"appointment.{'moved' if choice.deed == 'move' else 'cancelled'}",
                structure_id=view.structure.id,
                target=str(view.id),
            )
    return await read_view(platform, choice.appointment_id)


def _is_done(choice: Choice, view: AppointmentView) -> bool:
    """Whether the appointment changed since, and is just what was chosen."""
    if view.sequence == choice.sequence:
        return choice.deed == "keep"
    match choice.deed:
        case "give" | "video":
            return view.advisor_id == choice.advisor_id
        case "move":
            return view.starts_at == choice.starts_at
        case "invite" | "cancel":
            return view.cancelled
        case "keep":
            return True


async def _do(platform: Platform, user: CurrentUser, choice: Choice) -> None:
    match choice.deed:
        case "give" | "video":
            await reassign(
                platform,
                choice.appointment_id,
                user,
                to=choice.advisor_id,
                by_video=choice.deed == "video",
            )
        case "move":
            assert choice.starts_at is not None
            await move(
                platform,
                choice.appointment_id,
                choice.starts_at,
                site_id=choice.site_id,
                user=user,
                without=choice.without,
            )
        case "cancel":
            await cancel(
                platform,
                choice.appointment_id,
                user=user,
                reason=choice.word,
                asked_by_youth=choice.asked_by_youth,
            )
        case "invite":
            await cancel(
                platform,
                choice.appointment_id,
                user=user,
                reason=choice.word,
                kind=VIDEO_INSTEAD,
            )
        case "keep":
            return


async def plan_of(platform: Platform, view: AppointmentView, choice: Choice) -> Planned:
    """What the appointment would be: for the preview of what will be sent."""
    match choice.deed:
        case "give":
            return Planned(advisor_id=choice.advisor_id)
        case "video":
            keys = channel_keys(platform, "video")
            return Planned(advisor_id=choice.advisor_id, channel=keys[0] if keys else None)
        case "move":
            return await _plan_move(platform, view, choice)
        case "invite" | "cancel":
            if choice.asked_by_youth:
                return Planned(status="cancelled_by_youth")
            return Planned(status="cancelled_by_structure")
        case "keep":
            return Planned()


async def _plan_move(platform: Platform, view: AppointmentView, choice: Choice) -> Planned:
    """With whoever would have it if nobody takes it meanwhile."""
    assert choice.starts_at is not None
    site_id = choice.site_id or (view.site.id if view.site else None)
    wanted = Wanted(
        structure_id=view.structure.id,
        starts_at=choice.starts_at,
        channels=[view.channel],
        site_id=site_id,
        own_appointment=view.id,
        preferred=view.advisor_id,
        without=choice.without,
    )
    seat = next(iter(await list_seats(platform, wanted)), None)
    return Planned(
        starts_at=choice.starts_at,
        ends_at=seat.ends_at if seat else choice.starts_at + (view.ends_at - view.starts_at),
        advisor_id=seat.advisor if seat else None,
    )
