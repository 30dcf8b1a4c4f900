"""Busy time and open time: what advisors' own calendars said last, or that they cannot be trusted now."""

from collections.abc import Sequence

from hookspecs import BusyAnswer, BusyTime, OpenTime, PluginContext, SlotQuery, _

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
            "SELECT advisor AS advisor_id, starts_at, ends_at, $4 AS label FROM calendar_ical_busy"
            " WHERE advisor = ANY($1::uuid[]) AND starts_at < $3 AND ends_at > $2",
            advisors,
            query.starts_at,
            query.ends_at,
            _("Occupé (agenda personnel)"),
        )
        closed = {
            feed.advisor: _("L’agenda personnel ne répond plus : les créneaux sont masqués.")
            for feed in feeds
            if feed.state(settings, context.now) == "closed"
        }
        return BusyAnswer(busy=busy, closed=closed)


class CalendarOpenings:
    """Open time from the events that bear the word that the advisor chose. A calendar too old opens nothing: its advisor
    is hidden by the busy source.
    """

    key = "calendar_ical:openings"
    label = "Plages de l’agenda personnel"

    async def list_open(self, context: PluginContext, query: SlotQuery) -> Sequence[OpenTime]:
        """Open time of the asked advisors, for the structure that each chose."""
        assert context.structure is not None
        return await context.services.database.structs(
            OpenTime,
            "SELECT o.advisor AS advisor_id, o.starts_at, o.ends_at, f.channels, f.site AS site_id, f.host AS source"
            " FROM calendar_ical_open o JOIN calendar_ical_feed f USING (advisor)"
            " WHERE f.structure = $1 AND o.advisor = ANY($2::uuid[]) AND o.starts_at < $4 AND o.ends_at > $3"
            " ORDER BY o.advisor, o.starts_at",
            context.structure.id,
            list(query.advisor_ids),
            query.starts_at,
            query.ends_at,
        )
