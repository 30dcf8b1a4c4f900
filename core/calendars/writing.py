"""Our appointments as an advisor's own calendar shows them: one UID for life, a SEQUENCE that rises, instants in UTC."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from core.contracts.booking import AppointmentView
from core.web.i18n import _

_ASKED_AGAIN = timedelta(minutes=30)


def advisor_event(appointment: AppointmentView, *, now: datetime, named: bool) -> Event:
    """The event; `named`: with the youth's name, which whoever hosts the calendar then reads."""
    title = _("Entretien So Mobilité (%(how)s)") % {"how": _(appointment.channel_label)}
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    name = appointment.youth.name if named else ""  # nor once they are forgotten
    event.add("summary", f"{title} · {name}" if name else title)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if appointment.cancelled else "OPAQUE")
    event.add("url", appointment.advisor_url)
    event.add("description", f"{appointment.structure.name}\n{appointment.advisor_url}")
    site = appointment.site
    if site is not None:
        town = f"{site.postcode} {site.city}".strip()
        event.add("location", ", ".join(part for part in (site.name, site.address, town) if part))
    return event


def calendar_text(events: Iterable[Event], *, name: str = "") -> bytes:
    """A whole calendar; one with a `name` is a feed, and says how often it is worth asking for."""
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilite//FR")
    calendar.add("version", "2.0")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", _ASKED_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT30M")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())
