"""Advisors' accounts: set and tested, a calendar chosen, left."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from hookspecs import PluginContext, Refused, SealError, _

from . import server
from .client import Client, Login, Trouble, exchange
from .server import CalendarRef
from .settings import CaldavSettings

State = Literal["choose", "ok", "failing", "closed"]
LEASE = timedelta(minutes=3)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One advisor's account and how the exchange goes."""

    advisor: UUID
    server: str
    username: str
    password: str
    calendars: tuple[CalendarRef, ...]
    calendar: str
    due_at: datetime
    succeeded_at: datetime
    failures: int
    problem: str
    is_closed: bool

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.server).hostname or ""

    @property
    def calendar_name(self) -> str:
        """The name of the chosen calendar."""
        return next((ref.name for ref in self.calendars if ref.url == self.calendar), "")

    def state(self, settings: CaldavSettings, now: datetime) -> State:
        """`choose`: no calendar yet; `closed`: what is known is too old to be trusted."""
        if not self.calendar:
            return "choose"
        if self.succeeded_at < now - timedelta(hours=settings.freshness_hours):
            return "closed"
        return "failing" if self.problem else "ok"

    def login(self, context: PluginContext) -> Login:
        """Where and as whom. Raises `Trouble` when the password cannot be opened any more."""
        try:
            password = context.services.unseal(_purpose(self.advisor), self.password)
        except SealError as error:
            raise Trouble(
                _("Le mot de passe enregistré n’est plus lisible : saisissez-le de nouveau."),
                field="password",
            ) from error
        return Login(server=self.server, username=self.username, password=password)


async def read_account(context: PluginContext, advisor_id: UUID) -> Account | None:
    """The account of an advisor, if any."""
    return await context.services.database.struct(
        Account, "SELECT * FROM calendar_caldav_account WHERE advisor = $1", advisor_id
    )


async def set_account(context: PluginContext, advisor_id: UUID, login: Login) -> Account:
    """Signs in there and keeps the account. The only calendar is chosen at once; the present one stays chosen.

    Raises `Refused` with what to mend.
    """
    try:
        calendars = await exchange(context, login, server.find_calendars)
    except Trouble as trouble:
        raise Refused(str(trouble), field=trouble.field) from trouble
    present = await read_account(context, advisor_id)
    urls = [ref.url for ref in calendars]
    chosen = urls[0] if len(urls) == 1 else ""
    if present is not None and present.calendar in urls:
        chosen = present.calendar
    left = present is not None and bool(present.calendar) and present.calendar != chosen
    if present is not None and left:
        await _clear(context, present)
    database = context.services.database
    async with database.atomic():
        if left:
            await _forget(context, advisor_id)
        await database.execute(
            "INSERT INTO calendar_caldav_account (advisor, server, username, password, calendars, calendar,"
            " due_at, leased_until, succeeded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)"
            " ON CONFLICT (advisor) DO UPDATE SET server = excluded.server, username = excluded.username,"
            " password = excluded.password, calendars = excluded.calendars, calendar = excluded.calendar,"
            " due_at = excluded.due_at",
            advisor_id,
            login.server,
            login.username,
            context.services.seal(_purpose(advisor_id), login.password),
            calendars,
            chosen,
            context.now,
        )
    account = await read_account(context, advisor_id)
    assert account is not None
    return account


async def choose_calendar(context: PluginContext, account: Account, url: str) -> bool:
    """Takes one of the account's calendars; the appointments leave the former. Whether they could all be removed there.

    Raises `Refused` for a calendar that is not the account's.
    """
    if url not in {ref.url for ref in account.calendars}:
        raise Refused(_("Choisissez l’un de vos agendas."), field="calendar")
    if url == account.calendar:
        return True
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
    clean = await _clear(context, account)
    database = context.services.database
    async with database.atomic():
        await database.execute(
            "DELETE FROM calendar_caldav_account WHERE advisor = $1", account.advisor
        )
        await context.services.refresh_slots([account.advisor])
    return clean


async def claim(context: PluginContext, advisor_ids: Sequence[UUID]) -> list[Account]:
    """Takes these accounts for a comparison by us alone. One that is being compared becomes due at once instead."""
    database = context.services.database
    async with database.atomic():
        claimed = await database.structs(
            Account,
            "UPDATE calendar_caldav_account SET leased_until = $2, due_at = $3 WHERE advisor = ANY($1::uuid[])"
            " AND calendar <> '' AND leased_until <= $4 RETURNING *",
            list(advisor_ids),
            context.now + LEASE,
            context.now + pause(context),
            context.now,
        )
        await database.execute(
            "UPDATE calendar_caldav_account SET due_at = $2"
            " WHERE advisor = ANY($1::uuid[]) AND NOT (advisor = ANY($3::uuid[]))",
            list(advisor_ids),
            context.now,
            [account.advisor for account in claimed],
        )
    return claimed


async def release(context: PluginContext, advisor_id: UUID) -> None:
    """Gives an account back."""
    await context.services.database.execute(
        "UPDATE calendar_caldav_account SET leased_until = $2 WHERE advisor = $1",
        advisor_id,
        context.now,
    )


def pause(context: PluginContext) -> timedelta:
    """Between two comparisons that go well."""
    settings: CaldavSettings = context.settings
    return timedelta(minutes=settings.poll_minutes)


async def _clear(context: PluginContext, account: Account) -> bool:
    """Removes our coming appointments from the chosen calendar, as far as it lets us."""
    rows = await context.services.database.fetch(
        "SELECT href FROM calendar_caldav_event WHERE advisor = $1 AND ends_at > $2",
        account.advisor,
        context.now,
    )
    hrefs = [row["href"] for row in rows]

    def work(client: Client) -> None:
        for href in hrefs:
            server.remove(client, href)

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


def _purpose(advisor_id: UUID) -> str:
    return f"calendar_caldav:{advisor_id}"
