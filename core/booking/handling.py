"""Who of the staff may handle an appointment, and what they may know of the youth.

Its advisor and the managers of its structure handle it and know who comes. The coordination handles it too, without the
name: that is in the file of the interview, where each reading leaves a trace.
"""

from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking.records import lock_record
from core.booking.views import read_view
from core.contracts.booking import AppointmentView, PersonRef
from core.errors import Conflict, NotFound
from core.platform import Platform
from core.web.i18n import _


def may_handle(user: CurrentUser, view: AppointmentView) -> bool:
    """Whether the user may change this appointment."""
    return _holds(user, view) or user.manages(view.structure.id)


def may_name(user: CurrentUser, view: AppointmentView) -> bool:
    """Whether the user knows who comes: its advisor, and the managers of its structure in person."""
    return _holds(user, view) or any(
        m.structure_id == view.structure.id and m.role == "manager" for m in user.memberships
    )


def _holds(user: CurrentUser, view: AppointmentView) -> bool:
    """Their own appointment, in a structure where they still work."""
    return user.advisor_id == view.advisor_id and user.sees(view.structure.id)


def as_seen(user: CurrentUser, view: AppointmentView) -> AppointmentView:
    """The appointment without a word on who comes, for who may not know it."""
    if may_name(user, view):
        return view
    hidden = {
        "youth": PersonRef(name=_("Jeune")),
        "manage_url": "",
        "cancel_reason": "",
        "is_over_age": False,
    }
    return msgspec.structs.replace(view, **hidden)


async def read_to_handle(
    platform: Platform, user: CurrentUser, appointment_id: UUID
) -> AppointmentView:
    """An appointment that the user may handle, whole. Raises `NotFound` for any other."""
    view = await read_view(platform, appointment_id)
    if not may_handle(user, view):
        raise NotFound("an appointment of another structure")
    return view


async def ensure_unchanged(platform: Platform, appointment_id: UUID, sequence: int) -> None:
    """Locks the appointment until the transaction ends. Raises `Conflict` when it is no longer as it was read."""
    record = await lock_record(platform, appointment_id)
    if record.sequence != sequence:
        raise Conflict(
            _("Ce rendez-vous a changé entre-temps : regardez où il en est avant de décider.")
        )
