"""Advisors' own calendars: set, read now and then, trusted for a while."""

import asyncio
import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import (
    FriendlyError,
    OutboundError,
    PluginContext,
    Refused,
    SealError,
    Stretch,
    UnreadableCalendar,
    _,
)

from .reading import Time, read_time
from .settings import CalendarSettings

WALL = ZoneInfo("Europe/Paris")
_PURPOSE = "calendar_ical:url"
_CLEAR = ("http://", "https://")
_AT_ONCE = 8
_PER_RUN = 150
_WHOLE_EVERY = timedelta(hours=24)
_LONGEST_WAIT = timedelta(hours=1)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One advisor's calendar and how its reading goes.

    `url` is sealed: it is itself a secret, of which `host` may be shown. Events that bear `word` open slots in `structure`.
    """

    advisor: UUID
    url: str
    host: str
    word: str
    structure: UUID | None
    site: UUID | None
    channels: tuple[str, ...]
    etag: str
    last_modified: str
    due_at: datetime
    expanded_at: datetime
    succeeded_at: datetime
    failures: int
    problem: str
    is_closed: bool

    def state(
        self, settings: CalendarSettings, now: datetime
    ) -> Literal["ok", "failing", "closed"]:
        """`closed`: too old to be trusted."""
        if self.succeeded_at < now - timedelta(hours=settings.freshness_hours):
            return "closed"
        return "failing" if self.problem else "ok"


class Openings(msgspec.Struct, frozen=True, kw_only=True):
    """Which events open slots, and for what. Without a word, none."""

    word: str = ""
    structure: UUID | None = None
    site: UUID | None = None
    channels: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar answered; `time` is None when it has not changed."""

    time: Time | None
    etag: str = ""
    last_modified: str = ""


async def read_feed(context: PluginContext, advisor_id: UUID) -> Feed | None:
    """The calendar of an advisor, if any."""
    return await context.services.database.struct(
        Feed, "SELECT * FROM calendar_ical_feed WHERE advisor = $1", advisor_id
    )


async def set_feed(
    context: PluginContext, advisor_id: UUID, url: str, openings: Openings | None = None
) -> None:
    """Reads the calendar at `url` and, when that works, takes it into account at once.

    Without `url`, the present address is read again. Raises `Refused` with what to mend. `webcal:` is another word for
    `https:`.
    """
    openings = openings or Openings()
    known = await read_feed(context, advisor_id)
    if not url and known is not None:
        url = _address(context, known)
    for scheme in ("webcals://", "webcal://"):
        if url.lower().startswith(scheme):
            url = "https://" + url[len(scheme) :]
    try:
        reading = await _read(context, url, openings.word)
    except FriendlyError as error:
        raise Refused(error.message, field="url") from error
    time = reading.time or Time()
    if openings.word and not time.open:
        raise Refused(
            _(
                "Aucun événement à venir de cet agenda ne porte « %(word)s », dans son titre ou ses catégories. Vérifiez"
                " le mot, ou ajoutez d’abord une plage dans votre agenda."
            )
            % {"word": openings.word},
            field="word",
        )
    database = context.services.database
    async with database.atomic():
        await database.execute("DELETE FROM calendar_ical_feed WHERE advisor = $1", advisor_id)
        await database.execute(
            "INSERT INTO calendar_ical_feed (advisor, url, host, etag, last_modified, due_at, expanded_at,"
            " succeeded_at, word, structure, site, channels) VALUES ($1, $2, $7, $3, $4, $5, $6, $6, $8, $9, $10, $11)",
            advisor_id,
            context.services.seal(_PURPOSE, url),
            reading.etag,
            reading.last_modified,
            context.now + _pause(context),
            context.now,
            urlsplit(url).hostname or "",
            openings.word,
            openings.structure,
            openings.site,
            list(openings.channels),
        )
        await _write_time(context, advisor_id, time)
        await context.services.refresh_slots([advisor_id])


async def remove_feed(context: PluginContext, advisor_id: UUID) -> None:
    """Forgets the calendar and what it said."""
    database = context.services.database
    async with database.atomic():
        await database.execute("DELETE FROM calendar_ical_feed WHERE advisor = $1", advisor_id)
        await context.services.refresh_slots([advisor_id])


async def poll(context: PluginContext) -> None:
    """Reads every calendar that is due, of advisors of the structures where the plugin is on; then hides what got too old."""
    due = await context.services.database.structs(
        Feed,
        """
        UPDATE calendar_ical_feed f SET due_at = $1::timestamptz + $2::interval FROM (
            SELECT advisor FROM calendar_ical_feed WHERE due_at <= $1 AND advisor IN (
                SELECT a.id FROM advisor a JOIN membership m ON m.account = a.account
                WHERE m.structure = ANY($3::uuid[]) AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
        ) due WHERE f.advisor = due.advisor RETURNING f.*
        """,
        context.now,
        _pause(context),
        [structure.id for structure in context.structures],
        _PER_RUN,
    )
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(feed: Feed) -> None:
        async with gate:
            await check(context, feed)

    ends = await asyncio.gather(*(one(feed) for feed in due), return_exceptions=True)
    await _hide_stale(context)
    for end in ends:
        if isinstance(end, BaseException):
            raise end  # one advisor's trouble kept nobody else waiting; now it is told


async def check(context: PluginContext, feed: Feed) -> None:
    """Reads one calendar and keeps what came of it."""
    whole = context.now - feed.expanded_at >= _WHOLE_EVERY
    known = {} if whole else {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    try:
        url = _address(context, feed)
        reading = await _read(context, url, feed.word, {k: v for k, v in known.items() if v})
    except FriendlyError as error:
        await _keep_failure(context, feed, error.message)
        return
    await _keep_success(context, feed, reading)


async def _keep_failure(context: PluginContext, feed: Feed, problem: str) -> None:
    wait = min(_pause(context) * 2 ** min(feed.failures, 10), max(_LONGEST_WAIT, _pause(context)))
    await context.services.database.execute(
        "UPDATE calendar_ical_feed SET failures = failures + 1, problem = $3, due_at = $4"
        " WHERE advisor = $1 AND url = $2",
        feed.advisor,
        feed.url,
        problem,
        context.now + wait,
    )


async def _keep_success(context: PluginContext, feed: Feed, reading: Reading) -> None:
    database = context.services.database
    async with database.atomic():
        kept = await database.execute(
            "UPDATE calendar_ical_feed SET failures = 0, problem = '', succeeded_at = $3, is_closed = false,"
            " etag = $4, last_modified = $5, expanded_at = CASE WHEN $6 THEN $3 ELSE expanded_at END, url = $7"
            " WHERE advisor = $1 AND url = $2",
            feed.advisor,
            feed.url,
            context.now,
            feed.etag if reading.time is None else reading.etag,
            feed.last_modified if reading.time is None else reading.last_modified,
            reading.time is not None,
            _sealed(context, feed),
        )
        if not kept:
            return  # the advisor changed the address meanwhile
        changed = reading.time is not None and await _write_time(
            context, feed.advisor, reading.time
        )
        if changed or feed.is_closed:
            await context.services.refresh_slots([feed.advisor])


async def _write_time(context: PluginContext, advisor_id: UUID, time: Time) -> bool:
    """Replaces what is known of the coming time; whether it differs."""
    differs = False
    for table, stretches in (("calendar_ical_busy", time.busy), ("calendar_ical_open", time.open)):
        differs |= await _write_stretches(context, advisor_id, table, stretches)
    return differs


async def _write_stretches(
    context: PluginContext, advisor_id: UUID, table: str, stretches: Sequence[Stretch]
) -> bool:
    database = context.services.database
    known = await database.structs(
        Stretch,
        f"SELECT starts_at, ends_at FROM {table} WHERE advisor = $1 ORDER BY starts_at, ends_at",  # noqa: S608 - one of our two tables
        advisor_id,
    )
    if known == list(stretches):
        return False
    await database.execute(f"DELETE FROM {table} WHERE advisor = $1", advisor_id)  # noqa: S608
    await database.execute_many(
        f"INSERT INTO {table} (advisor, starts_at, ends_at) VALUES ($1, $2, $3)",  # noqa: S608
        [(advisor_id, one.starts_at, one.ends_at) for one in stretches],
    )
    return True


async def _hide_stale(context: PluginContext) -> None:
    """Has the slots of advisors hidden whose calendar has just become too old to be trusted."""
    settings: CalendarSettings = context.settings
    database = context.services.database
    async with database.atomic():
        rows = await database.fetch(
            "UPDATE calendar_ical_feed SET is_closed = true WHERE NOT is_closed AND succeeded_at < $1"
            " RETURNING advisor",
            context.now - timedelta(hours=settings.freshness_hours),
        )
        if rows:
            await context.services.refresh_slots([row["advisor"] for row in rows])


def _address(context: PluginContext, feed: Feed) -> str:
    """The address itself. One kept before addresses were sealed still reads. Raises `FriendlyError`."""
    if feed.url.startswith(_CLEAR):
        return feed.url
    try:
        return context.services.unseal(_PURPOSE, feed.url)
    except SealError as error:
        raise FriendlyError(
            _("L’adresse de cet agenda ne peut plus être lue ici : donnez-la de nouveau.")
        ) from error


def _sealed(context: PluginContext, feed: Feed) -> str:
    return context.services.seal(_PURPOSE, feed.url) if feed.url.startswith(_CLEAR) else feed.url


async def _read(
    context: PluginContext, url: str, word: str, headers: dict[str, str] | None = None
) -> Reading:
    """Asks the calendar. Raises `FriendlyError`."""
    settings: CalendarSettings = context.settings
    try:
        answer = await context.services.fetch(
            url,
            headers=headers,
            max_bytes=settings.max_megabytes * 1_000_000,
            timeout_seconds=settings.timeout_seconds,
        )
    except OutboundError as error:
        raise FriendlyError(str(error)) from error
    if answer.status == 304 and headers:
        return Reading(time=None)
    if answer.status != 200:
        raise FriendlyError(_refusal(answer.status))
    # From midnight to midnight: what has just ended is no change, and the slots are not computed again for it.
    today = context.now.astimezone(WALL).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=settings.horizon_days)
    work = functools.partial(read_time, answer.body, today, until, WALL, word)
    try:
        time = await asyncio.to_thread(work)
    except UnreadableCalendar as error:
        raise FriendlyError(str(error)) from error
    return Reading(
        time=time,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
    )


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return _("Cet agenda n’est pas ouvert : copiez son adresse secrète au format iCal.")
    if status in {404, 410}:
        return _("Cet agenda n’existe plus à cette adresse : copiez-la de nouveau.")
    return _("Cet agenda répond par une erreur (%(status)d).") % {"status": status}


def _pause(context: PluginContext) -> timedelta:
    settings: CalendarSettings = context.settings
    return timedelta(minutes=settings.poll_minutes)
