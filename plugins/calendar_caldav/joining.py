"""An account set and tested, one of its calendars chosen, the account left."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from hookspecs import PluginContext, Refused, _

from .accounts import Account, alone, purpose, read_account
from .exchange import CalendarRef, Login, Trouble, exchange

if TYPE_CHECKING:
    from .server import Server


async def set_account(
    context: PluginContext, advisor_id: UUID, login: Login, *, is_titled: bool = False
) -> Account:
    """Signs in there and keeps the account. The only calendar is chosen at once; the present one stays chosen.

    Without a password, the present one stays. Raises `Refused` with what to mend.
    """
    async with alone(context, advisor_id):
        present = await read_account(context, advisor_id)
        try:
            login = _with_password(context, login, present)
            calendars = await exchange(context, login, lambda server: server.find_calendars())
        except Trouble as trouble:
            raise Refused(str(trouble), field=trouble.field) from trouble
        urls = [ref.url for ref in calendars]
        chosen = urls[0] if len(urls) == 1 else ""
        if present is not None and present.calendar in urls:
            chosen = present.calendar
        left = present is not None and bool(present.calendar) and present.calendar != chosen
        if present is not None and left:
            await _clear(context, present)
        async with context.services.database.atomic():
            if left:
                await _forget(context, advisor_id)
            await _write(context, advisor_id, login, calendars, chosen)
            await context.services.database.execute(
                "UPDATE calendar_caldav_account SET is_titled = $2 WHERE advisor = $1",
                advisor_id,
                is_titled,
            )
    account = await read_account(context, advisor_id)
    assert account is not None
    return account


def _with_password(context: PluginContext, login: Login, present: Account | None) -> Login:
    """The present password goes to the server and the user that it was given for, and nowhere else. Raises `Trouble`."""
    if login.password:
        return login
    if present is None or (present.server, present.username) != (login.server, login.username):
        raise Trouble(_("Saisissez le mot de passe de ce compte."), field="password")
    return present.login(context)


async def _write(
    context: PluginContext,
    advisor_id: UUID,
    login: Login,
    calendars: Sequence[CalendarRef],
    chosen: str,
) -> None:
    await context.services.database.execute(
        "INSERT INTO calendar_caldav_account (advisor, server, username, password, calendars, calendar,"
        " due_at, leased_until, succeeded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)"
        " ON CONFLICT (advisor) DO UPDATE SET server = excluded.server, username = excluded.username,"
        " password = excluded.password, calendars = excluded.calendars, calendar = excluded.calendar,"
        " due_at = excluded.due_at",
        advisor_id,
        login.server,
        login.username,
        context.services.seal(purpose(advisor_id), login.password),
        calendars,
        chosen,
        context.now,
    )


async def choose_calendar(context: PluginContext, account: Account, url: str) -> bool:
    """Takes one of the account's calendars; the appointments leave the former. Whether they could all be removed there.

    Raises `Refused` for a calendar that is not the account's.
    """
    if url not in {ref.url for ref in account.calendars}:
        raise Refused(_("Choisissez l’un de vos agendas."), field="calendar")
    if url == account.calendar:
        return True
    async with alone(context, account.advisor):
        clean = await _clear(context, account)
        database = context.services.database
        async with database.atomic():
            await _forget(context, account.advisor)
            await database.execute(
                "UPDATE calendar_caldav_account SET calendar = $2, due_at = $3, succeeded_at = $3, is_closed = false,"
                " failures = 0, problem = '' WHERE advisor = $1",
                account.advisor,
                url,
                context.now,
            )
    return clean


async def remove_account(context: PluginContext, account: Account) -> bool:
    """Forgets the account and what it said. Whether our coming appointments could be removed there."""
    async with alone(context, account.advisor):
        clean = await _clear(context, account)
        database = context.services.database
        async with database.atomic():
            await database.execute(
                "DELETE FROM calendar_caldav_account WHERE advisor = $1", account.advisor
            )
            await context.services.refresh_slots([account.advisor])
    return clean


async def _clear(context: PluginContext, account: Account) -> bool:
    """Removes our coming appointments from the chosen calendar, as far as it lets us."""
    rows = await context.services.database.fetch(
        "SELECT href FROM calendar_caldav_event WHERE advisor = $1 AND ends_at > $2",
        account.advisor,
        context.now,
    )
    hrefs = [row["href"] for row in rows]

    def work(server: "Server") -> None:
        for href in hrefs:
            server.remove(href)

    if hrefs:
        try:
            await exchange(context, account.login(context), work)
        except Trouble:
            return False
    return True


async def _forget(context: PluginContext, advisor_id: UUID) -> None:
    """What is known of the former calendar."""
    for table in ("calendar_caldav_event", "calendar_caldav_busy"):
        await context.services.database.execute(
            f"DELETE FROM {table} WHERE advisor = $1",  # noqa: S608 - names are ours
            advisor_id,
        )
    await context.services.refresh_slots([advisor_id])
