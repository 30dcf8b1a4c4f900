"""Advisors' own calendars: which they follow, and what for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec

from hookspecs import (
    CalendarKeeper,
    CalendarState,
    Followed,
    FriendlyError,
    NotFound,
    PluginContext,
    Refused,
    Stretch,
    _,
    replace_stretches,
)

from .fetching import Reading, https, open_address, read_calendar, seal_address
from .reading import Time, Use
from .settings import CalendarSettings

KEEPER = CalendarKeeper(table="calendar_ical_feed", key="id")
MOST_FEEDS = 5


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisor wants of a calendar. `name` may be left to the calendar; what opens slots has a structure and channels."""

    name: str = ""
    closes: bool = True
    is_titled: bool = False
    word: str = ""
    structure: UUID | None = None
    site: UUID | None = None
    channels: tuple[str, ...] = ()

    @property
    def use(self) -> Use:
        """The same as the reader needs it."""
        return Use(
            closes=self.closes,
            opens=bool(self.channels),
            word=self.word,
            is_titled=self.is_titled,
        )


class Feed(Followed, frozen=True, kw_only=True):
    """One calendar of an advisor: what it is for, and how its reading goes.

    `url` is sealed: it is itself a secret, of which `host` may be shown.
    """

    id: UUID
    advisor: UUID
    url: str
    host: str
    name: str
    closes: bool
    is_titled: bool
    word: str
    structure: UUID | None
    site: UUID | None
    channels: tuple[str, ...]
    etag: str
    last_modified: str
    expanded_at: datetime

    @property
    def choice(self) -> Choice:
        """What its advisor wants of it."""
        return msgspec.convert(self, Choice, from_attributes=True)

    def state_for(self, context: PluginContext) -> CalendarState:
        """How it is at present, by the plugin's settings."""
        return self.state(trusted(context), context.now)


def trusted(context: PluginContext) -> timedelta:
    """How long a reading is worth something."""
    settings: CalendarSettings = context.settings
    return timedelta(hours=settings.freshness_hours)


def pause(context: PluginContext) -> timedelta:
    """Between two readings that go well."""
    settings: CalendarSettings = context.settings
    return timedelta(minutes=settings.poll_minutes)


async def list_feeds(context: PluginContext, advisor_id: UUID) -> Sequence[Feed]:
    """The calendars of an advisor, by name."""
    return await context.services.database.structs(
        Feed, "SELECT * FROM calendar_ical_feed WHERE advisor = $1 ORDER BY name, id", advisor_id
    )


async def read_feed(context: PluginContext, advisor_id: UUID, feed_id: UUID) -> Feed:
    """One of them. Raises `NotFound`, also for somebody else's."""
    feed = await context.services.database.struct(
        Feed,
        "SELECT * FROM calendar_ical_feed WHERE id = $1 AND advisor = $2",
        feed_id,
        advisor_id,
    )
    if feed is None:
        raise NotFound("no such calendar")
    return feed


async def list_openings(context: PluginContext, feed_id: UUID, most: int) -> Sequence[Stretch]:
    """The first of the coming openings that a calendar tells."""
    return await context.services.database.structs(
        Stretch,
        "SELECT starts_at, ends_at, label FROM calendar_ical_open WHERE feed = $1 AND ends_at > $2"
        " ORDER BY starts_at LIMIT $3",
        feed_id,
        context.now,
        most,
    )


async def count_openings(context: PluginContext, feed_id: UUID) -> int:
    """How many openings are to come."""
    count: int = await context.services.database.fetch_value(
        "SELECT count(*) FROM calendar_ical_open WHERE feed = $1 AND ends_at > $2",
        feed_id,
        context.now,
    )
    return count


async def save_feed(
    context: PluginContext,
    advisor_id: UUID,
    url: str,
    choice: Choice,
    present: Feed | None = None,
) -> Feed:
    """Reads the calendar at `url` and, when that works, takes it into account at once, in the place of the `present` one.

    Without `url`, the address of the present one stays. Raises `Refused` with what to mend.
    """
    try:
        address = https(url) if url or present is None else open_address(context, present.url)
        reading = await read_calendar(context, address, choice.use)
    except FriendlyError as error:
        raise Refused(error.message, field="url") from error
    time = reading.time or Time()
    if choice.channels and not time.open:
        raise Refused(_opens_nothing(choice), field="word")
    feed = _fresh(
        context,
        reading,
        id=present.id if present else uuid4(),
        advisor=advisor_id,
        url=seal_address(context, address),
        host=urlsplit(address).hostname or "",
        choice=choice,
    )
    async with context.services.database.atomic():
        if present is None:
            await _ensure_room(context, advisor_id)
        await _write(context, feed)
        await write_time(context, feed.id, time)
        await context.services.refresh_slots([advisor_id])
    return feed


def _fresh(
    context: PluginContext,
    reading: Reading,
    *,
    id: UUID,  # noqa: A002 - the field's name
    advisor: UUID,
    url: str,
    host: str,
    choice: Choice,
) -> Feed:
    """A calendar that has just been read."""
    chosen = msgspec.structs.asdict(choice)
    chosen["name"] = choice.name or reading.name or host
    return Feed(
        id=id,
        advisor=advisor,
        url=url,
        host=host,
        **chosen,
        etag=reading.etag,
        last_modified=reading.last_modified,
        due_at=context.now + pause(context),
        expanded_at=context.now,
        succeeded_at=context.now,
        failures=0,
        problem="",
        is_closed=False,
    )


async def remove_feed(context: PluginContext, feed: Feed) -> None:
    """Forgets the calendar and what it said."""
    database = context.services.database
    async with database.atomic():
        await database.execute("DELETE FROM calendar_ical_feed WHERE id = $1", feed.id)
        await context.services.refresh_slots([feed.advisor])


async def write_time(context: PluginContext, feed_id: UUID, time: Time) -> bool:
    """Replaces what is known of the coming time; whether it differs."""
    differs = False
    for table, stretches in (("calendar_ical_busy", time.busy), ("calendar_ical_open", time.open)):
        differs |= await replace_stretches(context, table, "feed", feed_id, stretches)
    return differs


async def _ensure_room(context: PluginContext, advisor_id: UUID) -> None:
    if len(await list_feeds(context, advisor_id)) >= MOST_FEEDS:
        raise Refused(
            _("Vous suivez déjà %(most)d agendas : retirez-en un d’abord.") % {"most": MOST_FEEDS}
        )


async def _write(context: PluginContext, feed: Feed) -> None:
    """In the place of the one of the same id, with all that it said."""
    database = context.services.database
    await database.execute("DELETE FROM calendar_ical_feed WHERE id = $1", feed.id)
    await database.execute(
        "INSERT INTO calendar_ical_feed SELECT (jsonb_populate_record(NULL::calendar_ical_feed, $1)).*",
        feed,
    )


def _opens_nothing(choice: Choice) -> str:
    if not choice.word:
        return _(
            "Cet agenda n’a aucun événement à venir avec des heures : ajoutez-y d’abord une plage."
        )
    return _(
        "Aucun événement à venir de cet agenda ne porte « %(word)s », dans son titre ou ses catégories. Vérifiez"
        " le mot, ou ajoutez d’abord une plage dans votre agenda."
    ) % {"word": choice.word}
