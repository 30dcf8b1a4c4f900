"""Erasure because somebody asked: at once, in the core and in every plugin."""

from uuid import UUID

from core.accounts.access import CurrentUser
from core.booking.endings import cancel
from core.booking.standing import may_change
from core.booking.views import list_views
from core.contracts.booking import AppointmentView
from core.errors import NotFound, Refused
from core.platform import Platform
from core.privacy import audit
from core.privacy.holdings import Owner, read_owner
from core.privacy.retention import NotErased, anonymise
from core.web.i18n import _


async def coming(platform: Platform, owner: Owner) -> list[AppointmentView]:
    """Their appointments that are still to be held, by start."""
    now = platform.clock.now()
    return [
        view
        for view in await list_views(platform, owner.appointment_ids)
        if view.status == "booked" and view.ends_at > now
    ]


def too_late(platform: Platform, views: list[AppointmentView]) -> AppointmentView | None:
    """The first of these that its youth can no longer cancel by the link."""
    return next((view for view in views if not may_change(platform, view.starts_at)), None)


async def erase_by_link(platform: Platform, appointment_id: UUID) -> None:
    """The youth takes everything out; appointments to come are cancelled first, so that nobody waits for them.

    Raises `Refused` when one is too near to be cancelled, or when a plugin cannot take its part out: nothing is done then.
    """
    async with platform.db.atomic():
        owner = await read_owner(platform, appointment_id)
        for view in await coming(platform, owner):
            await cancel(platform, view.id)
        await _erase(platform, owner, appointment_id, None)


async def erase_for_youth(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """The structure's manager, or the coordination, does it for a youth who asked. An advisor cannot.

    Raises `NotFound` for another structure's appointment; `Refused` while one is to come (it is cancelled first, with a word to
    the youth), or when another structure received them too.
    """
    async with platform.db.atomic():
        owner = await read_managed(platform, user, appointment_id)
        views = await list_views(platform, owner.appointment_ids)
        if not all(user.manages(view.structure.id) for view in views):
            raise Refused(
                _("Une autre structure a aussi reçu cette personne : demandez à la coordination.")
            )
        if await coming(platform, owner):
            raise Refused(
                _("Un rendez-vous est à venir : annulez-le d’abord, la personne en sera prévenue.")
            )
        await _erase(platform, owner, appointment_id, user)


async def read_managed(platform: Platform, user: CurrentUser, appointment_id: UUID) -> Owner:
    """The youth of an appointment of a structure that the user manages. Raises `NotFound` for any other."""
    structure_id = await platform.db.fetch_value(
        "SELECT structure FROM appointment WHERE id = $1", appointment_id
    )
    if structure_id is None or not user.manages(structure_id):
        raise NotFound("not an appointment of a structure that the user manages")
    return await read_owner(platform, appointment_id)


async def _erase(
    platform: Platform, owner: Owner, appointment_id: UUID, user: CurrentUser | None
) -> None:
    try:
        await anonymise(platform, [owner.id], by_address=False)
    except NotErased as error:
        raise Refused(
            _("Tout n’a pas pu être effacé, alors rien ne l’a été. Réessayez un peu plus tard.")
        ) from error
    await audit.record(
        platform,
        user,
        "privacy.erased",
        structure_id=await platform.db.fetch_value(
            "SELECT structure FROM appointment WHERE id = $1", appointment_id
        ),
        target=str(appointment_id),
        detail={
            "by": "youth" if user is None else "staff",
            "appointments": len(owner.appointment_ids),
        },
    )
