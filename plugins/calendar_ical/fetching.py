"""Asking for a calendar at the address that its advisor gave: what it says of their time, or why it cannot be read."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import (
    FetchedPage,
    FriendlyError,
    OutboundError,
    PluginContext,
    SealError,
    UnreadableCalendar,
    _,
)

from .reading import Time, Use, own_name, read_time
from .settings import CalendarSettings

WALL = ZoneInfo("Europe/Paris")
_PURPOSE = "calendar_ical:url"
_CLEAR = ("http://", "https://")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar answered; `time` is None when it has not changed. `name` is what it calls itself."""

    time: Time | None
    name: str = ""
    etag: str = ""
    last_modified: str = ""


async def read_calendar(
    context: PluginContext, url: str, use: Use, headers: dict[str, str] | None = None
) -> Reading:
    """Asks the calendar. Raises `FriendlyError` with what to mend."""
    settings: CalendarSettings = context.settings
    try:
        answer = await context.services.fetch(
            url,
            headers=headers,
            max_bytes=settings.max_megabytes * 1_000_000,
            timeout_seconds=settings.timeout_seconds,
        )
    except OutboundError as error:
        raise FriendlyError(_advised(error)) from error
    if answer.status == 304 and headers:
        return Reading(time=None)
    if answer.status != 200:
        raise FriendlyError(_refusal(answer.status))
    return await _understand(context, answer, use)


async def _understand(context: PluginContext, answer: FetchedPage, use: Use) -> Reading:
    settings: CalendarSettings = context.settings
    # From midnight to midnight: what has just ended is no change, and the slots are not computed again for it.
    today = context.now.astimezone(WALL).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=settings.horizon_days)
    try:
        time = await asyncio.to_thread(read_time, answer.body, today, until, WALL, use)
    except UnreadableCalendar as error:
        raise FriendlyError(str(error)) from error
    return Reading(
        time=time,
        name=own_name(answer.body),
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
    )


def _advised(error: OutboundError) -> str:
    if error.kind == "large":
        return _("%(problem)s Publiez-en moins : les douze prochains mois suffisent.") % {
            "problem": error
        }
    return str(error)


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return _("Cet agenda n’est pas ouvert : copiez son adresse secrète au format iCal.")
    if status in {404, 410}:
        return _("Cet agenda n’existe plus à cette adresse : copiez-la de nouveau.")
    if status >= 500 or status == 429:
        return _("Le serveur de cet agenda est en panne ou débordé (%(status)d).") % {
            "status": status
        }
    return _("Cet agenda répond par une erreur (%(status)d) : vérifiez l’adresse.") % {
        "status": status
    }


def https(url: str) -> str:
    """The address as it is asked for: `webcal:` is another word for `https:`."""
    for scheme in ("webcals://", "webcal://"):
        if url.lower().startswith(scheme):
            return "https://" + url[len(scheme) :]
    return url


def seal_address(context: PluginContext, url: str) -> str:
    """The address as it is kept: whoever has it reads the calendar."""
    return context.services.seal(_PURPOSE, url)


def open_address(context: PluginContext, kept: str) -> str:
    """The address itself. Raises `FriendlyError`."""
    if kept.startswith(_CLEAR):  # from before addresses were sealed; the next poll does it
        return kept
    try:
        return context.services.unseal(_PURPOSE, kept)
    except SealError as error:
        raise FriendlyError(
            _("L’adresse de cet agenda ne peut plus être lue ici : donnez-la de nouveau.")
        ) from error
