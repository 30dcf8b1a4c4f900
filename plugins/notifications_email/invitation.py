"""The appointment as a calendar message (iMIP): one UID for its whole life, a SEQUENCE that rises, CANCEL at its end."""

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress

from hookspecs import Notice

_KINDS = {"confirmation", "change", "cancellation"}


def invitation(
    notice: Notice, *, organizer: str, attendee: str, summary: str, now: datetime
) -> Calendar | None:
    """The calendar object, or None for a notice that changes nothing in a calendar. Instants are UTC."""
    if notice.kind not in _KINDS:
        return None
    appointment = notice.appointment
    gone = appointment.cancelled or notice.audience == "former_advisor"
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", summary)
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    if notice.audience == "youth":
        event.add("url", appointment.manage_url)
        event.add("description", appointment.manage_url)
    else:
        event.add("url", appointment.advisor_url)
        event.add("description", appointment.advisor_url)
    event.add("location", location(notice))
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    guest = vCalAddress(f"mailto:{attendee}")
    guest.params["PARTSTAT"] = "ACCEPTED"
    guest.params["RSVP"] = "FALSE"
    event.add("attendee", guest)
    calendar = Calendar()
    calendar.add("prodid", "-//So Mobilite//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if gone else "REQUEST")
    calendar.add_component(event)
    return calendar


def location(notice: Notice) -> str:
    """Where to be: the site's address, else how the two meet."""
    site = notice.appointment.site
    if site is None:
        return notice.appointment.channel_label
    town = f"{site.postcode} {site.city}".strip()
    return ", ".join(part for part in (site.name, site.address, town) if part)
