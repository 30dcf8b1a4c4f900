"""What is compared without being asked: a calendar whose appointment just changed, and every calendar now and then."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from hookspecs import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    Event,
    PluginContext,
    each_apart,
)

from . import accounts
from .accounts import KEEPER, Account, trusted
from .names import list_indebted, take_out
from .sync import synchronise

_AT_ONCE = 4
_PER_RUN = 60
_QUICK_SECONDS = 4.0
"""For each half of an exchange behind an event: the delivery has ten seconds."""


class FollowAppointments:
    """Writes an appointment at once; what fails here is made good by the next comparison."""

    key = "calendar_caldav:follow"

    async def handle(self, context: PluginContext, event: Event) -> None:
        """Compares, side by side, the calendars of whoever holds the appointment, and of whoever held it."""
        if not isinstance(event, AppointmentBooked | AppointmentChanged | AppointmentCancelled):
            return
        rows = await context.services.database.fetch(
            "SELECT advisor FROM appointment WHERE id = $1"
            " UNION SELECT advisor FROM calendar_caldav_event WHERE appointment = $1",
            event.appointment_id,
        )

        async def one(account: Account) -> None:
            await synchronise(context, account, timeout_seconds=_QUICK_SECONDS)

        claimed = await accounts.claim(context, [row["advisor"] for row in rows])
        await each_apart(claimed, one, side_by_side=_AT_ONCE)


async def poll(context: PluginContext) -> None:
    """Compares every calendar that is due, of advisors where the plugin is on; then hides what got too old.

    Before that, the names that have to go are taken out, wherever they are.
    """
    try:
        await _claimed_apart(context, await list_indebted(context, _PER_RUN), take_out)
        await _claimed_apart(context, await _list_due(context), synchronise)
    finally:
        await KEEPER.close_stale(context, trusted(context))


async def _list_due(context: PluginContext) -> Sequence[UUID]:
    advisors = await context.services.list_advisors([one.id for one in context.structures])
    rows = await context.services.database.fetch(
        "SELECT advisor FROM calendar_caldav_account WHERE due_at <= $1 AND calendar <> '' AND leased_until <= $1"
        " AND advisor = ANY($2::uuid[]) ORDER BY due_at LIMIT $3",
        context.now,
        list(advisors),
        _PER_RUN,
    )
    return [row["advisor"] for row in rows]


async def _claimed_apart(
    context: PluginContext,
    advisor_ids: Sequence[UUID],
    work: Callable[[PluginContext, Account], Awaitable[None]],
) -> None:
    """Does it for each account that nobody else holds, a few side by side."""

    async def one(advisor_id: UUID) -> None:
        for account in await accounts.claim(context, [advisor_id]):
            await work(context, account)

    await each_apart(advisor_ids, one, side_by_side=_AT_ONCE)
