"""An appointment as the event that is written in the advisor's calendar."""

from icalendar import Calendar, Event

from hookspecs import AppointmentView, PluginContext, _

from .settings import CaldavSettings


def event_text(context: PluginContext, appointment: AppointmentView) -> bytes:
    """The whole iCalendar text. The UID never changes; SEQUENCE is the appointment's."""
    settings: CaldavSettings = context.settings
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
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("url", appointment.advisor_url)
    event.add("description", f"{appointment.structure.name}\n{appointment.advisor_url}")
    site = appointment.site
    if site is not None:
        town = f"{site.postcode} {site.city}".strip()
        event.add("location", ", ".join(part for part in (site.name, site.address, town) if part))
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilite//FR")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
