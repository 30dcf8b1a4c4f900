"""Advisors' accounts: which, how their exchange goes, and who compares one at present."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from hookspecs import (
    CalendarKeeper,
    CalendarState,
    Followed,
    PluginContext,
    Refused,
    SealError,
    _,
)

from .exchange import CalendarRef, Login, Trouble
from .settings import CaldavSettings

State = Literal["choose"] | CalendarState
KEEPER = CalendarKeeper(table="calendar_caldav_account", key="advisor")
LEASE = timedelta(minutes=3)


class Account(Followed, frozen=True, kw_only=True):
    """One advisor's account and how the exchange goes. `is_titled`: the titles of busy time are kept."""

    advisor: UUID
    server: str
    username: str
    password: str
    calendars: tuple[CalendarRef, ...]
    calendar: str
    is_titled: bool

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.server).hostname or ""

    @property
    def calendar_name(self) -> str:
        """The name of the chosen calendar."""
        return next((ref.name for ref in self.calendars if ref.url == self.calendar), "")

    def state_for(self, context: PluginContext) -> State:
        """How it is at present; `choose`: no calendar yet."""
        return self.state(trusted(context), context.now) if self.calendar else "choose"

    def login(self, context: PluginContext) -> Login:
        """Where and as whom. Raises `Trouble` when the password cannot be opened any more."""
        try:
            password = context.services.unseal(purpose(self.advisor), self.password)
        except SealError as error:
            raise Trouble(
                _("Le mot de passe enregistré n’est plus lisible : saisissez-le de nouveau."),
                field="password",
            ) from error
        return Login(server=self.server, username=self.username, password=password)


def trusted(context: PluginContext) -> timedelta:
    """How long a reading is worth something."""
    settings: CaldavSettings = context.settings
    return timedelta(hours=settings.freshness_hours)


def pause(context: PluginContext) -> timedelta:
    """Between two comparisons that go well."""
    settings: CaldavSettings = context.settings
    return timedelta(minutes=settings.poll_minutes)


async def read_account(context: PluginContext, advisor_id: UUID) -> Account | None:
    """The account of an advisor, if any."""
    return await context.services.database.struct(
        Account, "SELECT * FROM calendar_caldav_account WHERE advisor = $1", advisor_id
    )


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


@asynccontextmanager
async def alone(context: PluginContext, advisor_id: UUID) -> AsyncIterator[None]:
    """Keeps comparisons away from an advisor's account, if there is one, while it changes. Raises `Refused` during one."""
    database = context.services.database
    kept_by_another = await database.fetch_value(
        "WITH taken AS (UPDATE calendar_caldav_account SET leased_until = $2 WHERE advisor = $1"
        " AND leased_until <= $3 RETURNING advisor)"
        " SELECT true FROM calendar_caldav_account c WHERE c.advisor = $1 AND NOT EXISTS (SELECT FROM taken)",
        advisor_id,
        context.now + LEASE,
        context.now,
    )
    if kept_by_another:
        raise Refused(
            _("Votre agenda est en train d’être comparé : réessayez dans quelques instants.")
        )
    try:
        yield
    finally:
        await release(context, advisor_id)


async def release(context: PluginContext, advisor_id: UUID) -> None:
    """Gives an account back."""
    await context.services.database.execute(
        "UPDATE calendar_caldav_account SET leased_until = $2 WHERE advisor = $1",
        advisor_id,
        context.now,
    )


def purpose(advisor_id: UUID) -> str:
    """What an advisor's password is sealed for: it opens for nobody else."""
    return f"calendar_caldav:{advisor_id}"
