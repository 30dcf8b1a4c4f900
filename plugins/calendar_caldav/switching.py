"""A structure that gives the plugin up leaves no appointment behind in its advisors' calendars; one that takes it has them at once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from hookspecs import PluginContext, each_apart, use_locale

from . import accounts, server
from .accounts import Account, trusted
from .client import Client, exchange

_AT_ONCE = 4
_SECONDS = 4.0
"""For one calendar: a reaction has ten, and what it could not do in them it is asked again."""


class FollowSwitch:
    """Nobody would move or remove those events any more: better none than a wrong hour."""

    key = "calendar_caldav:switch"

    async def enabled(self, context: PluginContext) -> None:
        """Has the calendars of the structure's advisors compared next, however long ago the last failure was."""
        advisors = await _advisors(context)
        await context.services.database.execute(
            "UPDATE calendar_caldav_account SET due_at = $2, failures = 0 WHERE advisor = ANY($1::uuid[])",
            list(advisors),
            context.now,
        )

    async def disabled(self, context: PluginContext) -> None:
        """Takes the structure's coming appointments out, and forgets the hours of calendars that are read for nobody any more.

        Raises what kept a calendar from it; the others are done all the same.
        """
        await _forget_hours(context)
        written = await _list_written(context)

        async def one(advisor_id: UUID) -> None:
            await _take_out(context, advisor_id, written[advisor_id])

        await each_apart(written, one, side_by_side=_AT_ONCE)


async def _advisors(context: PluginContext) -> Mapping[UUID, str]:
    here = [context.structure.id] if context.structure else []
    return await context.services.list_advisors(here)


async def _forget_hours(context: PluginContext) -> None:
    """The calendar counts as unread from now on: nothing is offered on its word before it has been read again."""
    elsewhere = await context.services.list_advisors([one.id for one in context.structures])
    gone = [advisor_id for advisor_id in await _advisors(context) if advisor_id not in elsewhere]
    database = context.services.database
    async with database.atomic():
        await database.execute(
            "UPDATE calendar_caldav_account SET succeeded_at = $2, is_closed = true"
            " WHERE advisor = ANY($1::uuid[]) AND calendar <> ''",
            gone,
            context.now - trusted(context) - timedelta(seconds=1),
        )
        await database.execute(
            "DELETE FROM calendar_caldav_busy WHERE advisor = ANY($1::uuid[])", gone
        )


async def _list_written(context: PluginContext) -> dict[UUID, dict[UUID, str]]:
    """Where the structure's appointments that are not over stand: advisor → appointment → address."""
    rows = await context.services.database.fetch(
        "SELECT e.advisor, e.appointment, e.href FROM calendar_caldav_event e"
        " JOIN appointment a ON a.id = e.appointment WHERE a.structure = $1 AND e.ends_at > $2",
        context.structure and context.structure.id,
        context.now,
    )
    written: dict[UUID, dict[UUID, str]] = {}
    for row in rows:
        written.setdefault(row["advisor"], {})[row["appointment"]] = row["href"]
    return written


async def _take_out(context: PluginContext, advisor_id: UUID, written: Mapping[UUID, str]) -> None:
    """Removes events there, then here. Raises `Trouble`, and `Refused` while the calendar is being compared."""
    with use_locale("fr"):  # the reason of a failure is kept
        async with accounts.alone(context, advisor_id):
            account = await accounts.read_account(context, advisor_id)
            if account is not None:
                await _remove(context, account, [*written.values()])
                await context.services.database.execute(
                    "DELETE FROM calendar_caldav_event WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
                    advisor_id,
                    list(written),
                )


async def _remove(context: PluginContext, account: Account, hrefs: Sequence[str]) -> None:
    def work(client: Client) -> None:
        for href in hrefs:
            server.remove(client, href)

    await exchange(context, account.login(context), work, timeout_seconds=_SECONDS)
