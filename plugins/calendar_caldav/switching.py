"""A structure that gives the plugin up leaves no appointment behind in its advisors' calendars; one that takes it has them at once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from hookspecs import PluginContext, _, each_apart, use_locale

from . import accounts
from .accounts import KEEPER, Account, trusted
from .exchange import exchange

if TYPE_CHECKING:
    from .server import Server

_AT_ONCE = 4
_SECONDS = 4.0
"""For one calendar: a reaction has ten, and what it could not do in them it is asked again."""


class FollowSwitch:
    """Nobody would move or remove those events any more: better none than a wrong hour."""

    key = "calendar_caldav:switch"

    async def enabled(self, context: PluginContext) -> None:
        """Has the calendars of the structure's advisors compared next, however long ago the last failure was."""
        await KEEPER.read_soon(context)

    async def disabled(self, context: PluginContext) -> None:
        """Takes the structure's coming appointments out, and forgets the hours of calendars that are read for nobody any more.

        Raises what kept a calendar from it; the others are done all the same.
        """
        await _forget_hours(context)
        written = await _list_written(context)

        async def one(advisor_id: UUID) -> None:
            await _take_out(context, advisor_id, written[advisor_id])

        await each_apart(written, one, side_by_side=_AT_ONCE)


async def _forget_hours(context: PluginContext) -> None:
    """Of calendars that are read for nobody any more."""
    database = context.services.database
    with use_locale("fr"):  # the reason is kept
        problem = _("Il va être relu dans quelques minutes.")
    async with database.atomic():
        unserved = await KEEPER.leave_unserved(context, trusted(context), problem)
        await database.execute(
            "DELETE FROM calendar_caldav_busy WHERE advisor = ANY($1::uuid[])", unserved
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
    def work(server: "Server") -> None:
        for href in hrefs:
            server.remove(href)

    await exchange(context, account.login(context), work, timeout_seconds=_SECONDS)
