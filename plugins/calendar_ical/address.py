"""The secret address at which an advisor's appointments can be read by a calendar program."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from hookspecs import AppointmentView, NotFound, PluginContext, _

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
    on = {structure.id for structure in context.structures}
    advisor_id = await context.services.database.fetch_value(
        "SELECT c.advisor FROM calendar_ical_address c JOIN advisor a ON a.id = c.advisor"
        " WHERE c.token_hash = $1 AND EXISTS (SELECT 1 FROM membership m WHERE m.account = a.account"
        "  AND m.structure = ANY($2::uuid[]) AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)",
        _hash(token),
        list(on),
    )
    if advisor_id is None:
        raise NotFound("no such calendar")
    found = await context.services.list_appointments(
        advisor_id, context.now - _BACK, context.now + _AHEAD
    )
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilite//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Entretiens So Mobilité"))
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    for appointment in found:
        if appointment.structure.id in on:
            calendar.add_component(_event(context, appointment))
    content: bytes = calendar.to_ical()
    return content


def _event(context: PluginContext, appointment: AppointmentView) -> Event:
    settings: CalendarSettings = context.settings
    title = _("Entretien So Mobilité (%(how)s)") % {"how": appointment.channel_label}
    if settings.show_names:
        title = f"{title} · {appointment.youth.name}"
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", context.now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", title)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if appointment.cancelled else "OPAQUE")
    event.add("url", appointment.advisor_url)
    event.add("description", f"{appointment.structure.name}\n{appointment.advisor_url}")
    site = appointment.site
    if site is not None:
        town = f"{site.postcode} {site.city}".strip()
        event.add("location", ", ".join(part for part in (site.name, site.address, town) if part))
    return event


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
