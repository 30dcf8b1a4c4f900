"""The exchange with one calendar: our appointments there, its busy time here, and questions where the two disagree."""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import (
    OUR_UID,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    AppointmentView,
    Event,
    PluginContext,
    Stretch,
    UnreadableCalendar,
    busy_stretches,
    read_event,
    read_occurrences,
)

from . import accounts, server
from .accounts import Account
from .client import Client, Trouble, exchange
from .plan import Plan, Written, make_plan
from .reading import own_hrefs
from .settings import CaldavSettings
from .writing import event_text

WALL = ZoneInfo("Europe/Paris")
_AT_ONCE = 4
_PER_RUN = 60
_LONGEST_WAIT = timedelta(hours=1)
_QUICK_SECONDS = 4.0
"""For each half of an exchange behind an event: the delivery has ten seconds."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What the calendar says: busy time, our events by address, and where each UID of ours is."""

    busy: tuple[Stretch, ...]
    own: Mapping[UUID, Stretch | None]
    hrefs: Mapping[str, str]


class FollowAppointments:
    """Writes an appointment at once; what fails here is made good by the next comparison."""

    key = "calendar_caldav:follow"

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Compares the calendars of whoever holds the appointment, and of whoever held it."""
        if not isinstance(event, AppointmentBooked | AppointmentChanged | AppointmentCancelled):
            return
        rows = await context.services.database.fetch(
            "SELECT advisor FROM appointment WHERE id = $1"
            " UNION SELECT advisor FROM calendar_caldav_event WHERE appointment = $1",
            event.appointment_id,
        )
        for account in await accounts.claim(context, [row["advisor"] for row in rows]):
            await synchronise(context, account, timeout_seconds=_QUICK_SECONDS)


async def poll(context: PluginContext) -> None:
    """Compares every calendar that is due, of advisors where the plugin is on; then hides what got too old."""
    rows = await context.services.database.fetch(
        "SELECT c.advisor FROM calendar_caldav_account c WHERE due_at <= $1 AND calendar <> '' AND EXISTS"
        " (SELECT 1 FROM advisor a JOIN membership m ON m.account = a.account WHERE a.id = c.advisor"
        "  AND m.structure = ANY($2::uuid[]) AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)"
        " AND leased_until <= $1 ORDER BY due_at LIMIT $3",
        context.now,
        [structure.id for structure in context.structures],
        _PER_RUN,
    )
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(advisor_id: UUID) -> None:
        async with gate:
            for account in await accounts.claim(context, [advisor_id]):
                await synchronise(context, account)

    ends = await asyncio.gather(*(one(row["advisor"]) for row in rows), return_exceptions=True)
    await _hide_stale(context)
    for end in ends:
        if isinstance(end, BaseException):
            raise end  # one advisor's trouble kept nobody else waiting; now it is told


async def synchronise(
    context: PluginContext, account: Account, *, timeout_seconds: float | None = None
) -> None:
    """One whole exchange for a claimed account, kept with what came of it. Twice does no harm."""
    try:
        try:
            written = await _read_written(context, account.advisor)
            picture = await _read_picture(context, account, written, timeout_seconds)
        except Trouble as trouble:
            await _keep_failure(context, account, str(trouble))
            return
        plan = make_plan(
            await context.services.list_appointments(
                account.advisor,
                context.now - timedelta(days=1),
                context.now + timedelta(days=400),
            ),
            written,
            picture.own,
            _structures(context),
        )
        await _keep_reading(context, account, picture.busy, plan.questions)
        try:
            places = _places(account, plan, written, picture.hrefs)
            await _apply(context, account, plan, places, timeout_seconds)
        except Trouble as trouble:
            await _keep_failure(context, account, str(trouble))
    finally:
        await accounts.release(context, account.advisor)


async def put_back(context: PluginContext, account: Account, appointment: AppointmentView) -> None:
    """Writes an appointment again as it is here, whatever was done to it there. Raises `Trouble`."""
    written = await _read_written(context, account.advisor)
    plan = Plan(write=(appointment,), remove=(), questions={})
    await _apply(context, account, plan, _places(account, plan, written, {}))


def _places(
    account: Account,
    plan: Plan,
    written: Mapping[UUID, Written],
    hrefs: Mapping[str, str],
) -> dict[UUID, str]:
    """Where to write: where it is already, else at an address made of the appointment."""
    return {
        view.id: written[view.id].href
        if view.id in written
        else hrefs.get(view.uid, f"{account.calendar.rstrip('/')}/{view.id}.ics")
        for view in plan.write
    }


async def _read_written(context: PluginContext, advisor_id: UUID) -> dict[UUID, Written]:
    rows = await context.services.database.structs(
        Written,
        "SELECT appointment, href, sequence, starts_at, ends_at FROM calendar_caldav_event"
        " WHERE advisor = $1 AND ends_at > $2",
        advisor_id,
        context.now,
    )
    return {row.appointment: row for row in rows}


async def _read_picture(
    context: PluginContext,
    account: Account,
    written: Mapping[UUID, Written],
    timeout_seconds: float | None,
) -> Picture:
    settings: CaldavSettings = context.settings
    # From midnight to midnight: what has just ended is no change, and the slots are not computed again for it.
    today = context.now.astimezone(WALL).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=settings.horizon_days)
    work = functools.partial(_look, account.calendar, written, today, until)
    return await exchange(context, account.login(context), work, timeout_seconds=timeout_seconds)


def _look(
    calendar: str,
    written: Mapping[UUID, Written],
    starts_at: datetime,
    ends_at: datetime,
    client: Client,
) -> Picture:
    """On the library's thread: asks, and unfolds what comes."""
    found = server.look(
        client, calendar, starts_at, ends_at, [row.href for row in written.values()]
    )
    try:
        return Picture(
            busy=busy_stretches(read_occurrences(found.window.values(), starts_at, ends_at, WALL)),
            own={
                id_: read_event(text, f"{id_}{OUR_UID}", WALL) if text is not None else None
                for id_, text in ((id_, found.asked[row.href]) for id_, row in written.items())
            },
            hrefs=own_hrefs(found.window),
        )
    except UnreadableCalendar as error:
        raise Trouble(str(error)) from error


async def _apply(
    context: PluginContext,
    account: Account,
    plan: Plan,
    places: Mapping[UUID, str],
    timeout_seconds: float | None = None,
) -> None:
    """Writes and removes there, each at its place, then keeps what was done. Raises `Trouble`."""
    if not plan.write and not plan.remove:
        return
    texts = {places[view.id]: event_text(context, view) for view in plan.write}

    def work(client: Client) -> None:
        for row in plan.remove:
            server.remove(client, row.href)
        for href, text in texts.items():
            server.write(client, href, text)

    await exchange(context, account.login(context), work, timeout_seconds=timeout_seconds)
    database = context.services.database
    async with database.atomic():
        await database.execute(
            "DELETE FROM calendar_caldav_event WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
            account.advisor,
            [row.appointment for row in plan.remove] + [view.id for view in plan.write],
        )  # and with them their questions
        await database.execute_many(
            "INSERT INTO calendar_caldav_event (advisor, appointment, href, sequence, starts_at, ends_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (
                    account.advisor,
                    view.id,
                    places[view.id],
                    view.sequence,
                    view.starts_at,
                    view.ends_at,
                )
                for view in plan.write
            ],
        )


async def _keep_reading(
    context: PluginContext,
    account: Account,
    busy: Sequence[Stretch],
    questions: Mapping[UUID, datetime | None],
) -> None:
    database = context.services.database
    async with database.atomic():
        kept = await database.execute(
            "UPDATE calendar_caldav_account SET failures = 0, problem = '', succeeded_at = $3, is_closed = false"
            " WHERE advisor = $1 AND calendar = $2",
            account.advisor,
            account.calendar,
            context.now,
        )
        if not kept:
            return  # the advisor changed or left it meanwhile
        await database.execute(
            "DELETE FROM calendar_caldav_question WHERE advisor = $1 AND NOT (appointment = ANY($2::uuid[]))",
            account.advisor,
            list(questions),
        )
        await database.execute_many(
            "INSERT INTO calendar_caldav_question (advisor, appointment, found_at, asked_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (advisor, appointment) DO UPDATE SET found_at = excluded.found_at",
            [(account.advisor, id_, found_at, context.now) for id_, found_at in questions.items()],
        )
        changed = await _write_busy(context, account.advisor, busy)
        if changed or account.is_closed:
            await context.services.refresh_slots([account.advisor])


async def _write_busy(context: PluginContext, advisor_id: UUID, busy: Sequence[Stretch]) -> bool:
    """Replaces what is known of the coming time; whether it differs."""
    database = context.services.database
    known = await database.structs(
        Stretch,
        "SELECT starts_at, ends_at FROM calendar_caldav_busy WHERE advisor = $1 ORDER BY starts_at",
        advisor_id,
    )
    if known == list(busy):
        return False
    await database.execute("DELETE FROM calendar_caldav_busy WHERE advisor = $1", advisor_id)
    await database.execute_many(
        "INSERT INTO calendar_caldav_busy (advisor, starts_at, ends_at) VALUES ($1, $2, $3)",
        [(advisor_id, stretch.starts_at, stretch.ends_at) for stretch in busy],
    )
    return True


async def _keep_failure(context: PluginContext, account: Account, problem: str) -> None:
    pause = accounts.pause(context)
    wait = min(pause * 2 ** min(account.failures, 10), max(_LONGEST_WAIT, pause))
    await context.services.database.execute(
        "UPDATE calendar_caldav_account SET failures = $5, problem = $3, due_at = $4"
        " WHERE advisor = $1 AND calendar = $2",
        account.advisor,
        account.calendar,
        problem,
        context.now + wait,
        account.failures + 1,
    )


async def _hide_stale(context: PluginContext) -> None:
    """Has the slots of advisors hidden whose calendar has just become too old to be trusted."""
    settings: CaldavSettings = context.settings
    database = context.services.database
    async with database.atomic():
        rows = await database.fetch(
            "UPDATE calendar_caldav_account SET is_closed = true"
            " WHERE NOT is_closed AND calendar <> '' AND succeeded_at < $1 RETURNING advisor",
            context.now - timedelta(hours=settings.freshness_hours),
        )
        if rows:
            await context.services.refresh_slots([row["advisor"] for row in rows])


def _structures(context: PluginContext) -> frozenset[UUID]:
    """Where the plugin is on, as far as this call knows: behind an event, its structure."""
    known = (context.structure,) if context.structure else context.structures
    return frozenset(structure.id for structure in known)
