"""The exchange with one calendar: our appointments there, its busy time here, and questions where the two disagree."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hookspecs import (
    AppointmentView,
    PluginContext,
    advisor_event,
    calendar_text,
    replace_stretches,
    use_locale,
)

from . import accounts
from .accounts import KEEPER, Account
from .exchange import Trouble, exchange
from .picture import Picture, read_picture
from .plan import Plan, Written, make_plan
from .settings import CaldavSettings

if TYPE_CHECKING:
    from .server import Server


async def synchronise(
    context: PluginContext, account: Account, *, timeout_seconds: float | None = None
) -> None:
    """One whole exchange for a claimed account, kept with what came of it. Twice does no harm.

    The reason of a failure is kept in French, whoever asked.
    """
    try:
        with use_locale("fr"):
            await _exchange(context, account, timeout_seconds)
    except Trouble as trouble:
        async with context.services.database.atomic():
            if await _is_as_it_was(context, account):
                await KEEPER.note_failure(
                    context,
                    account.advisor,
                    problem=str(trouble),
                    failures=account.failures,
                    pause=accounts.pause(context),
                )
    finally:
        await accounts.release(context, account.advisor)


async def put_back(context: PluginContext, account: Account, appointment: AppointmentView) -> None:
    """Writes an appointment again as it is here, whatever was done to it there.

    Raises `Trouble`, and `Refused` while the calendar is being compared.
    """
    async with accounts.alone(context, account.advisor):
        written = await _read_written(context, account.advisor)
        plan = Plan(write=(appointment,))
        await _apply(context, account, plan, _places(account, plan, written, {}))


async def _exchange(
    context: PluginContext, account: Account, timeout_seconds: float | None
) -> None:
    written = await _read_written(context, account.advisor)
    picture = await read_picture(context, account, written, timeout_seconds)
    present = await context.services.list_appointments(
        account.advisor, context.now - timedelta(days=1), context.now + timedelta(days=400)
    )
    plan = make_plan(present, written, picture.own, _structures(context))
    if await _keep_reading(context, account, picture, plan):
        places = _places(account, plan, written, picture.hrefs)
        await _apply(context, account, plan, places, timeout_seconds)


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


async def _keep_reading(
    context: PluginContext, account: Account, picture: Picture, plan: Plan
) -> bool:
    """Keeps what was read; False when the advisor changed or left the account meanwhile."""
    database = context.services.database
    async with database.atomic():
        if not await _is_as_it_was(context, account):
            return False
        await KEEPER.note_success(context, account.advisor, accounts.pause(context))
        await database.execute(
            "DELETE FROM calendar_caldav_question WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
            account.advisor,
            list(plan.settled),
        )
        await database.execute_many(
            "INSERT INTO calendar_caldav_question (advisor, appointment, found_at, asked_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (advisor, appointment) DO UPDATE SET found_at = excluded.found_at",
            [
                (account.advisor, id_, found_at, context.now)
                for id_, found_at in plan.questions.items()
            ],
        )
        changed = await replace_stretches(
            context, "calendar_caldav_busy", "advisor", account.advisor, picture.busy
        )
        if changed or account.is_closed:
            await context.services.refresh_slots([account.advisor])
    return True


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
    settings: CaldavSettings = context.settings
    texts = {
        places[view.id]: calendar_text(
            [advisor_event(view, now=context.now, named=settings.show_names)]
        )
        for view in plan.write
    }

    def work(server: "Server") -> None:
        for row in plan.remove:
            server.remove(row.href)
        for href, text in texts.items():
            server.write(href, text)

    await exchange(context, account.login(context), work, timeout_seconds=timeout_seconds)
    async with context.services.database.atomic():
        await _note_written(context, account.advisor, plan, places, named=settings.show_names)


async def _note_written(
    context: PluginContext,
    advisor_id: UUID,
    plan: Plan,
    places: Mapping[UUID, str],
    *,
    named: bool,
) -> None:
    """What is to be forgotten stays so: the name may have gone there again while it was asked for."""
    database = context.services.database
    await database.execute(
        "DELETE FROM calendar_caldav_event WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
        advisor_id,
        [row.appointment for row in plan.remove],
    )
    await database.execute(
        "DELETE FROM calendar_caldav_question WHERE advisor = $1 AND appointment = ANY($2::uuid[])",
        advisor_id,
        [view.id for view in plan.write],
    )
    await database.execute_many(
        "INSERT INTO calendar_caldav_event (advisor, appointment, href, sequence, starts_at, ends_at, is_named)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (advisor, appointment) DO UPDATE SET href = excluded.href,"
        " sequence = excluded.sequence, starts_at = excluded.starts_at, ends_at = excluded.ends_at,"
        " is_named = excluded.is_named",
        [
            (
                advisor_id,
                view.id,
                places[view.id],
                view.sequence,
                view.starts_at,
                view.ends_at,
                named,
            )
            for view in plan.write
        ],
    )


async def _is_as_it_was(context: PluginContext, account: Account) -> bool:
    """Locks the account until the transaction ends; False when it was changed or left meanwhile."""
    present = await context.services.database.fetch_value(
        "SELECT calendar FROM calendar_caldav_account WHERE advisor = $1 FOR UPDATE",
        account.advisor,
    )
    return bool(present == account.calendar)


def _structures(context: PluginContext) -> frozenset[UUID]:
    """Where the plugin is on, as far as this call knows: behind an event, its structure."""
    known = (context.structure,) if context.structure else context.structures
    return frozenset(structure.id for structure in known)
