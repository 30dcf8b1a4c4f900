"""Holds: a slot kept for some minutes while a form is filled. A row with an expiry; only the token's hash is stored."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec

from core.accounts.access import CurrentUser
from core.booking.judge import mode_if_active
from core.booking.nearest import nearest
from core.booking.search import (
    Choice,
    Sought,
    channel_keys,
    list_starts,
    read_bookable,
)
from core.booking.seats import Wanted, take_seat
from core.errors import Conflict, NotFound
from core.platform import Platform
from core.web.i18n import _

_DIRECT = UUID(
    "6d0b0a42-6f0c-4f5e-9a1b-51b7c0de2027"
)  # any constant: tokens become ids of holds under it


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that is kept. It serves past its expiry too, as long as nobody took the slot.

    `answers` are the fields of the form that are known already. `asked`: nothing was kept (there is no row, and no advisor yet);
    a signature of what whoever bears the token asked for.
    """

    id: UUID
    advisor: UUID | None
    structure: UUID
    site: UUID | None
    channel: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    expires_at: datetime
    answers: dict[str, Any] = {}
    asked: str = ""


class SlotTaken(Conflict):
    """The slot went to someone else; `choices` are the nearest that are left."""

    def __init__(self, message: str, choices: list[Choice]) -> None:
        super().__init__(message)
        self.choices = choices


async def take_hold(
    platform: Platform,
    sought: Sought,
    starts_at: datetime,
    *,
    previous: str = "",
    token: str = "",
    staff: CurrentUser | None = None,
    only: UUID | None = None,
) -> str:
    """Keeps a slot and returns the token of the hold.

    `previous` is the same browser's last hold, which gives way; `token` is the caller's own, when it has one; `only` is the one
    advisor who will do. Lead time and horizon are not for `staff`, and who books for someone else receives them when free.
    Raises `SlotTaken` when the start is not, or no longer, offered; `NotFound` for a structure that is not open to booking.
    """
    await read_bookable(platform, structure_id=sought.structure_id)
    await release_hold(platform, previous)
    token = token or secrets.token_urlsafe(24)
    just_then = (starts_at, starts_at + timedelta(microseconds=1))
    if staff is not None or await list_starts(platform, sought, *just_then):
        async with platform.db.atomic():
            preferred = staff.advisor_id if staff else None
            if await _insert_hold(platform, sought, starts_at, token, preferred, only=only):
                return token
    raise await slot_taken(platform, sought, starts_at)


async def direct_hold(
    platform: Platform, sought: Sought, starts_at: datetime, token: str, asked: str
) -> Hold:
    """What stands for a hold when someone books without keeping the slot first; the same token gives the same hold.

    `asked` is all that they ask for, in one text. The channel is the first of the mode that the structure has on.
    """
    now, snapshot = platform.clock.now(), await platform.plugins.current()
    channels = [
        key
        for key in channel_keys(platform, sought.mode)
        if mode_if_active(platform, snapshot, key, sought.structure_id)
    ]
    return Hold(
        id=uuid5(_DIRECT, token),
        advisor=None,
        structure=sought.structure_id,
        site=sought.site_id,
        channel=next(iter(channels), ""),
        starts_at=starts_at,
        ends_at=starts_at,
        created_at=now,
        expires_at=now,
        asked=platform.keys.sign("booking", asked),
    )


async def _insert_hold(
    platform: Platform,
    sought: Sought,
    starts_at: datetime,
    token: str,
    preferred: UUID | None,
    *,
    only: UUID | None,
) -> bool:
    wanted = Wanted(
        structure_id=sought.structure_id,
        starts_at=starts_at,
        channels=channel_keys(platform, sought.mode),
        site_id=sought.site_id,
        preferred=preferred,
        only=only,
    )
    seat = await take_seat(platform, wanted)
    if seat is None:
        return False
    now = platform.clock.now()
    await platform.db.execute(
        "INSERT INTO hold (id, token_hash, advisor, structure, site, channel, starts_at, ends_at, created_at,"
        " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        uuid4(),
        _hash(token),
        seat.advisor,
        sought.structure_id,
        seat.site if sought.mode == "in_person" else None,
        seat.channel(wanted),
        starts_at,
        seat.ends_at,
        now,
        now + timedelta(minutes=platform.settings.booking.hold_minutes),
    )
    return True


async def let_go(platform: Platform, hold: Hold) -> None:
    """Ends a hold that has served."""
    await platform.db.execute(
        "UPDATE hold SET expires_at = least(expires_at, $2) WHERE id = $1",
        hold.id,
        platform.clock.now(),
    )


async def keep_for(
    platform: Platform, token: str, until: datetime, answers: Mapping[str, Any]
) -> UUID:
    """Keeps a hold longer, for someone of whom `answers` (fields of the booking form) are known; returns its id."""
    hold_id: UUID = await platform.db.fetch_value(
        "UPDATE hold SET expires_at = $2, answers = $3 WHERE token_hash = $1 RETURNING id",
        _hash(token),
        until,
        dict(answers),
    )
    return hold_id


async def read_hold(platform: Platform, token: str) -> Hold:
    """The hold behind a token, expired or not. Raises `NotFound`."""
    hold = await platform.db.struct(
        Hold,
        "SELECT id, advisor, structure, site, channel, starts_at, ends_at, created_at, expires_at, answers"
        " FROM hold WHERE token_hash = $1",
        _hash(token),
    )
    if hold is None:
        raise NotFound("no such hold")
    return hold


async def release_hold(platform: Platform, token: str) -> None:
    """Lets a slot go at once. The hold stays readable: its form may still be sent if the slot is still free."""
    await platform.db.execute(
        "UPDATE hold SET expires_at = least(expires_at, $2) WHERE token_hash = $1",
        _hash(token),
        platform.clock.now(),
    )


async def slot_taken(platform: Platform, sought: Sought, starts_at: datetime) -> SlotTaken:
    """The kind refusal for a lost slot, with the nearest ones."""
    choices = await nearest(platform, sought, starts_at)
    return SlotTaken(_("Ce créneau vient d’être pris."), choices)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
