"""What a calendar says: busy time, and where and when our events are in it."""

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import (
    OUR_UID,
    PluginContext,
    Stretch,
    UnreadableCalendar,
    busy_stretches,
    read_event,
    read_occurrences,
)

from .accounts import Account
from .exchange import Trouble, exchange
from .plan import Written
from .settings import CaldavSettings

if TYPE_CHECKING:
    from .server import Server

WALL = ZoneInfo("Europe/Paris")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What the calendar says: busy time, when each of our events is there, and at which address each UID of ours is."""

    busy: tuple[Stretch, ...]
    own: Mapping[UUID, Stretch | None]
    hrefs: Mapping[str, str]


async def read_picture(
    context: PluginContext,
    account: Account,
    written: Mapping[UUID, Written],
    timeout_seconds: float | None,
) -> Picture:
    """Asks the server, once. `written`: our events, read even where they are outside the horizon. Raises `Trouble`."""
    settings: CaldavSettings = context.settings
    # From midnight to midnight: what has just ended is no change, and the slots are not computed again for it.
    today = context.now.astimezone(WALL).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=settings.horizon_days)
    work = functools.partial(_look, account, written, today, until)
    return await exchange(context, account.login(context), work, timeout_seconds=timeout_seconds)


def _look(
    account: Account,
    written: Mapping[UUID, Written],
    starts_at: datetime,
    ends_at: datetime,
    server: "Server",
) -> Picture:
    """On the library's thread: asks, and unfolds what comes."""
    asked = [row.href for row in written.values()]
    found = server.look(account.calendar, starts_at, ends_at, asked)
    try:
        return Picture(
            busy=busy_stretches(
                read_occurrences(found.window.values(), starts_at, ends_at, WALL),
                titled=account.is_titled,
            ),
            own={id_: _own(found.asked[row.href], id_) for id_, row in written.items()},
            hrefs=own_hrefs(found.window.items()),
        )
    except UnreadableCalendar as error:
        raise Trouble(str(error)) from error


def _own(text: str | None, id_: UUID) -> Stretch | None:
    return read_event(text, f"{id_}{OUR_UID}", WALL) if text is not None else None


def own_hrefs(window: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Where our events are, by UID, wherever they were put."""
    found = {}
    for href, text in window:
        for line in text.splitlines():
            if line.upper().startswith("UID:") and line.strip().endswith(OUR_UID):
                found[line[4:].strip()] = href
    return found
