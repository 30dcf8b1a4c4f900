"""The secret address at which an advisor's appointments can be read by a calendar program."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from hookspecs import NotFound, PluginContext, _, advisor_event, calendar_text

from .settings import CalendarSettings

_BACK = timedelta(days=31)
_AHEAD = timedelta(days=400)


async def read_address(context: PluginContext, advisor_id: UUID) -> datetime | None:
    """When the present address was made; None when there is none."""
    made: datetime | None = await context.services.database.fetch_value(
        "SELECT created_at FROM calendar_ical_address WHERE advisor = $1", advisor_id
    )
    return made


async def renew_address(context: PluginContext, advisor_id: UUID) -> str:
    """Makes a fresh address, and the former one worthless. It can be told now and never again."""
    token = secrets.token_urlsafe(32)
    await context.services.database.execute(
        "INSERT INTO calendar_ical_address (advisor, token_hash, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (advisor) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at",
        advisor_id,
        _hash(token),
        context.now,
    )
    return f"{context.services.public_url}/p/calendar_ical/{token}.ics"


async def drop_address(context: PluginContext, advisor_id: UUID) -> None:
    """Makes the address worthless."""
    await context.services.database.execute(
        "DELETE FROM calendar_ical_address WHERE advisor = $1", advisor_id
    )


async def write_calendar(context: PluginContext, token: str) -> bytes:
    """The calendar behind an address: the advisor's appointments in structures where the plugin is on.

    Raises `NotFound` for an unknown address and for an advisor who has no such structure.
    """
    settings: CalendarSettings = context.settings
    on = {structure.id for structure in context.structures}
    advisor_id = await context.services.database.fetch_value(
        "SELECT advisor FROM calendar_ical_address WHERE token_hash = $1", _hash(token)
    )
    if advisor_id is None or advisor_id not in await context.services.list_advisors(list(on)):
        raise NotFound("no such calendar")
    found = await context.services.list_appointments(
        advisor_id, context.now - _BACK, context.now + _AHEAD
    )
    return calendar_text(
        (
            advisor_event(appointment, now=context.now, named=settings.show_names)
            for appointment in found
            if appointment.structure.id in on
        ),
        name=_("Entretiens So Mobilité"),
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
