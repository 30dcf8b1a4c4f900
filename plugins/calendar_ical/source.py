"""The busy source: what advisors' own calendars said last, or that they cannot be trusted now."""

from hookspecs import BusyAnswer, BusyTime, PluginContext, SlotQuery, _

from .feeds import Feed
from .settings import CalendarSettings


class ExternalCalendars:
    """Reads what the last polls kept; the network is never asked here."""

    key = "calendar_ical:external"
    label = "Agenda personnel"

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the advisors who gave a calendar; closed for those whose calendar is too old."""
        settings: CalendarSettings = context.settings
        database = context.services.database
        advisors = list(query.advisor_ids)
        feeds = await database.structs(
            Feed, "SELECT * FROM calendar_ical_feed WHERE advisor = ANY($1::uuid[])", advisors
        )
        busy = await database.structs(
            BusyTime,
            "SELECT advisor AS advisor_id, starts_at, ends_at FROM calendar_ical_busy"
            " WHERE advisor = ANY($1::uuid[]) AND starts_at < $3 AND ends_at > $2",
            advisors,
            query.starts_at,
            query.ends_at,
        )
        closed = {
            feed.advisor: _("L’agenda personnel ne répond plus : les créneaux sont masqués.")
            for feed in feeds
            if feed.state(settings, context.now) == "closed"
        }
        return BusyAnswer(busy=busy, closed=closed)
