"""Reading the calendars that are due, in the background: conditional requests, less often when they fail, closed in the end."""

from datetime import timedelta

from hookspecs import FriendlyError, PluginContext, each_apart, use_locale

from .feeds import KEEPER, Feed, pause, trusted, write_time
from .fetching import Reading, open_address, read_calendar, seal_address

_AT_ONCE = 8
_PER_RUN = 150
_WHOLE_EVERY = timedelta(hours=24)  # so that the horizon moves on, in a calendar that never changes


async def poll(context: PluginContext) -> None:
    """Reads every calendar that is due, of advisors of the structures where the plugin is on; then hides what got too old."""
    await _seal_clear(context)
    advisors = await context.services.list_advisors([one.id for one in context.structures])
    due = await context.services.database.structs(
        Feed,
        """
        UPDATE calendar_ical_feed f SET due_at = $1::timestamptz + $2::interval FROM (
            SELECT id FROM calendar_ical_feed WHERE due_at <= $1 AND advisor = ANY($3::uuid[])
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
        ) due WHERE f.id = due.id RETURNING f.*
        """,
        context.now,
        pause(context),
        list(advisors),
        _PER_RUN,
    )
    try:
        await each_apart(due, lambda feed: check(context, feed), side_by_side=_AT_ONCE)
    finally:
        await KEEPER.close_stale(context, trusted(context))


async def check(context: PluginContext, feed: Feed) -> None:
    """Reads one calendar and keeps what came of it. The reason of a failure is kept in French, whoever asked."""
    whole = context.now - feed.expanded_at >= _WHOLE_EVERY
    known = {} if whole else {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    try:
        with use_locale("fr"):
            url = open_address(context, feed.url)
            headers = {name: value for name, value in known.items() if value}
            reading = await read_calendar(context, url, feed.choice.use, headers)
    except FriendlyError as error:
        async with context.services.database.atomic():
            if await _is_as_it_was(context, feed):
                await KEEPER.note_failure(
                    context,
                    feed.id,
                    problem=error.message,
                    failures=feed.failures,
                    pause=pause(context),
                )
        return
    await _keep(context, feed, reading)


async def _keep(context: PluginContext, feed: Feed, reading: Reading) -> None:
    database = context.services.database
    async with database.atomic():
        if not await _is_as_it_was(context, feed):
            return
        await KEEPER.note_success(context, feed.id, pause(context))
        changed = False
        if reading.time is not None:
            await database.execute(
                "UPDATE calendar_ical_feed SET etag = $2, last_modified = $3, expanded_at = $4 WHERE id = $1",
                feed.id,
                reading.etag,
                reading.last_modified,
                context.now,
            )
            changed = await write_time(context, feed.id, reading.time)
        if changed or feed.is_closed:
            await context.services.refresh_slots([feed.advisor])


async def _is_as_it_was(context: PluginContext, feed: Feed) -> bool:
    """Locks the calendar until the transaction ends; False when its advisor changed or removed it meanwhile."""
    present = await context.services.database.struct(
        Feed, "SELECT * FROM calendar_ical_feed WHERE id = $1 FOR UPDATE", feed.id
    )
    return present is not None and (present.url, present.choice) == (feed.url, feed.choice)


async def _seal_clear(context: PluginContext) -> None:
    """Seals the addresses that were kept before addresses were sealed, wherever the plugin is on."""
    database = context.services.database
    rows = await database.fetch(
        "SELECT id, url FROM calendar_ical_feed WHERE url LIKE 'http://%' OR url LIKE 'https://%'"
    )
    for row in rows:
        await database.execute(
            "UPDATE calendar_ical_feed SET url = $3 WHERE id = $1 AND url = $2",
            row["id"],
            row["url"],
            seal_address(context, row["url"]),
        )
