"""Where a plugin keeps the calendars that it follows, and what they said: in tables of its own, by one policy."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from core.calendars.following import wait
from core.calendars.stretches import Stretch
from core.contracts.context import PluginContext

T = TypeVar("T")


class CalendarKeeper(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin's `table`, with the columns of `Followed` and `advisor`, and `key`, the column that says which calendar.

    Names of tables and columns are the plugin's own words, never a person's.
    """

    table: str
    key: str

    async def note_success(self, context: PluginContext, calendar: UUID, pause: timedelta) -> None:
        """It could be read: trusted from now on, and read again after a pause, or sooner where that was asked for meanwhile."""
        await context.services.database.execute(
            f"UPDATE {self.table} SET failures = 0, problem = '', succeeded_at = $2, is_closed = false,"  # noqa: S608 - see the class
            f" due_at = least(due_at, $3) WHERE {self.key} = $1",
            calendar,
            context.now,
            context.now + wait(pause, 0, str(calendar)),
        )

    async def note_failure(
        self,
        context: PluginContext,
        calendar: UUID,
        *,
        problem: str,
        failures: int,
        pause: timedelta,
    ) -> None:
        """It could not be read, after `failures` others in a row: why, and when it is tried again."""
        await context.services.database.execute(
            f"UPDATE {self.table} SET failures = $2, problem = $3, due_at = $4 WHERE {self.key} = $1",  # noqa: S608 - see the class
            calendar,
            failures + 1,
            problem,
            context.now + wait(pause, failures + 1, str(calendar)),
        )

    async def leave_unserved(
        self, context: PluginContext, trusted: timedelta, problem: str
    ) -> list[UUID]:
        """For a structure that gave the plugin up: who of its advisors works in none that has it (`context.structures`).

        Their calendars count as unread: once the plugin is on again, nothing is offered on their word before they are read.
        """
        services = context.services
        here = await services.list_advisors([context.structure.id] if context.structure else [])
        served = await services.list_advisors([structure.id for structure in context.structures])
        unserved = [advisor for advisor in here if advisor not in served]
        await services.database.execute(
            f"UPDATE {self.table} SET succeeded_at = $2, is_closed = true, problem = $3"  # noqa: S608 - see the class
            " WHERE advisor = ANY($1::uuid[])",
            unserved,
            context.now - trusted - timedelta(seconds=1),
            problem,
        )
        return unserved

    async def read_soon(self, context: PluginContext) -> None:
        """For a structure that has the plugin again: its advisors' calendars are read next, whatever they were waiting for."""
        here = [context.structure.id] if context.structure else []
        await context.services.database.execute(
            f"UPDATE {self.table} SET due_at = $2, failures = 0 WHERE advisor = ANY($1::uuid[])",  # noqa: S608 - see the class
            list(await context.services.list_advisors(here)),
            context.now,
        )

    async def close_stale(self, context: PluginContext, trusted: timedelta) -> None:
        """Hides the slots of the advisors whose calendar has just become too old to be trusted."""
        database = context.services.database
        async with database.atomic():
            rows = await database.fetch(
                f"UPDATE {self.table} SET is_closed = true WHERE NOT is_closed AND succeeded_at < $1"  # noqa: S608 - see the class
                " RETURNING advisor",
                context.now - trusted,
            )
            if rows:
                await context.services.refresh_slots([row["advisor"] for row in rows])


async def replace_stretches(
    context: PluginContext, table: str, key: str, calendar: UUID, stretches: Sequence[Stretch]
) -> bool:
    """Makes what a calendar said, in a `table` of the plugin's where `key` says which, what it says now. Whether that differs."""
    database = context.services.database
    known = await database.structs(
        Stretch,
        f"SELECT starts_at, ends_at, label FROM {table} WHERE {key} = $1",  # noqa: S608 - names are the plugin's
        calendar,
    )
    if sorted(known) == sorted(stretches):
        return False
    await database.execute(f"DELETE FROM {table} WHERE {key} = $1", calendar)  # noqa: S608 - as above
    await database.execute_many(
        f"INSERT INTO {table} ({key}, starts_at, ends_at, label) VALUES ($1, $2, $3, $4)",  # noqa: S608 - as above
        [(calendar, one.starts_at, one.ends_at, one.label) for one in stretches],
    )
    return True


async def each_apart(
    items: Iterable[T], work: Callable[[T], Awaitable[None]], *, side_by_side: int
) -> None:
    """Does the work for every item, so many at once. One that raises holds none of the others back: it is told at the end."""
    gate = asyncio.Semaphore(side_by_side)

    async def one(item: T) -> None:
        async with gate:
            await work(item)

    ends = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
