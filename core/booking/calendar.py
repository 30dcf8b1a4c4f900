"""The appointment as a calendar file: one UID for its whole life, a SEQUENCE that rises."""

from icalendar import Calendar, Event

from core.contracts.booking import AppointmentView
from core.platform import Platform
from core.web.i18n import _


def appointment_ics(platform: Platform, view: AppointmentView) -> bytes:
    """The file; instants in UTC, which every calendar shows in its own zone."""
    event = Event()
    event.add("uid", view.uid)
    event.add("sequence", view.sequence)
    event.add("dtstamp", platform.clock.now())
    event.add("dtstart", view.starts_at)
    event.add("dtend", view.ends_at)
    event.add("summary", _("Entretien mobilité · %(name)s") % {"name": view.structure.name})
    event.add("location", where(view))
    link = _("Pour déplacer, annuler ou vous préparer : %(url)s") % {"url": view.manage_url}
    event.add("description", f"{_(view.channel_label)} · {view.advisor.name}\n{link}")
    event.add("url", view.manage_url)
    event.add("status", "CANCELLED" if view.cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilité//so-mobilite//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def where(view: AppointmentView) -> str:
    """The address, or how the two meet from afar."""
    if view.site is None:
        return _(view.channel_label)
    address = ", ".join(filter(None, (view.site.name, view.site.address)))
    return f"{address}, {view.site.postcode} {view.site.city}".strip(", ")
