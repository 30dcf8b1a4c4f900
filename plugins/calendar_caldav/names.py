"""Youths whose traces go are named no more in the events that we wrote on somebody else's server."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from hookspecs import Holding, PluginContext, Traces, advisor_event, calendar_text, use_locale

from . import accounts
from .accounts import KEEPER, Account
from .exchange import Trouble, exchange

if TYPE_CHECKING:
    from .server import Server

_PER_TURN = 40
"""Events in one exchange, which is bounded in time."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An event that still bears the name of somebody who is to be forgotten."""

    appointment: UUID
    href: str


class WrittenNames:
    """The names in advisors' calendars, where the region has them written."""

    key = "calendar_caldav:names"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Marks the events that name them. The server is asked in the background, until it has done it: an erasure waits for
        nobody's server.
        """
        await context.services.database.execute(
            "WITH forgotten AS (UPDATE calendar_caldav_event SET is_forgotten = true"
            " WHERE is_named AND appointment = ANY($1::uuid[]) RETURNING advisor)"
            " UPDATE calendar_caldav_account SET due_at = least(due_at, $2)"
            " WHERE advisor IN (SELECT advisor FROM forgotten)",
            list(traces.appointment_ids),
            context.now,
        )

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """Nothing that the appointment itself does not say."""
        return ()


async def list_indebted(context: PluginContext, most: int) -> Sequence[UUID]:
    """Advisors in whose calendar a name has to go, and is due to; also where the plugin is off by now."""
    rows = await context.services.database.fetch(
        "SELECT c.advisor FROM calendar_caldav_account c WHERE c.due_at <= $1 AND c.leased_until <= $1"
        " AND EXISTS (SELECT FROM calendar_caldav_event e WHERE e.advisor = c.advisor AND e.is_forgotten)"
        " ORDER BY c.due_at LIMIT $2",
        context.now,
        most,
    )
    return [row["advisor"] for row in rows]


async def take_out(context: PluginContext, account: Account) -> None:
    """Writes a claimed account's events again without the names that have to go, some at a time; what fails is tried again.

    What was deleted there stays deleted. The account is due again at once, for its comparison or for the next names.
    """
    try:
        with use_locale("fr"):  # the reason of a failure is kept
            await _take_out(context, account)
    except Trouble as trouble:
        await KEEPER.note_failure(
            context,
            account.advisor,
            problem=str(trouble),
            failures=account.failures,
            pause=accounts.pause(context),
        )
    finally:
        await accounts.release(context, account.advisor)


async def _take_out(context: PluginContext, account: Account) -> None:
    database = context.services.database
    rows = await database.structs(
        Named,
        "SELECT appointment, href FROM calendar_caldav_event WHERE advisor = $1 AND is_forgotten"
        " ORDER BY starts_at LIMIT $2",
        account.advisor,
        _PER_TURN,
    )
    texts = await _texts(context, account.advisor, [row.appointment for row in rows])

    def work(server: "Server") -> None:
        for row in rows:
            text = texts.get(row.appointment)
            if text is None:
                server.remove(row.href)
            elif server.read(row.href) is not None:
                server.write(row.href, text)

    await exchange(context, account.login(context), work)
    async with database.atomic():
        await database.execute(
            "UPDATE calendar_caldav_event SET is_named = false, is_forgotten = false"
            " WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
            account.advisor,
            [row.appointment for row in rows],
        )
        await database.execute(
            "UPDATE calendar_caldav_account SET due_at = $2 WHERE advisor = $1",
            account.advisor,
            context.now,
        )


async def _texts(
    context: PluginContext, advisor_id: UUID, appointments: Sequence[UUID]
) -> dict[UUID, bytes]:
    """These appointments without a name, as far as they are still this advisor's."""
    row = await context.services.database.fetch_one(
        "SELECT min(starts_at) AS first, max(starts_at) AS last FROM appointment WHERE id = ANY($1::uuid[])",
        list(appointments),
    )
    if row is None or row["first"] is None:
        return {}
    views = await context.services.list_appointments(
        advisor_id, row["first"], row["last"] + timedelta(microseconds=1)
    )
    return {
        view.id: calendar_text([advisor_event(view, now=context.now, named=False)])
        for view in views
        if view.id in appointments and not view.cancelled
    }
