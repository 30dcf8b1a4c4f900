"""Busy time and open time: what advisors' own calendars said last, or that they cannot be trusted now."""

from collections.abc import Sequence
from uuid import UUID

from hookspecs import N_, BusyAnswer, BusyTime, OpenTime, PluginContext, SlotQuery, _, use_locale

from .feeds import Feed, trusted


class ExternalCalendars:
    """Reads what the last polls kept; the network is never asked here."""

    key = "calendar_ical:external"
    label = N_("Agenda personnel")

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the advisors who follow calendars; closed for those of whom one that closes is too old."""
        database = context.services.database
        advisors = list(query.advisor_ids)
        feeds = await database.structs(
            Feed,
            "SELECT * FROM calendar_ical_feed WHERE closes AND advisor = ANY($1::uuid[])",
            advisors,
        )
        busy = await database.structs(
            BusyTime,
            "SELECT f.advisor AS advisor_id, b.starts_at, b.ends_at, b.label"
            " FROM calendar_ical_busy b JOIN calendar_ical_feed f ON f.id = b.feed"
            " WHERE f.advisor = ANY($1::uuid[]) AND b.starts_at < $3 AND b.ends_at > $2",
            advisors,
            query.starts_at,
            query.ends_at,
        )
        return BusyAnswer(busy=busy, closed=_closed(context, feeds))


def _closed(context: PluginContext, feeds: Sequence[Feed]) -> dict[UUID, str]:
    """Why these advisors are hidden; it is kept, so always in French."""
    with use_locale("fr"):
        return {
            feed.advisor: _("Un agenda personnel ne peut plus être lu. %(problem)s")
            % {"problem": feed.problem}
            for feed in feeds
            if feed.state_for(context) == "closed"
        }


class CalendarOpenings:
    """Open time from the events that the advisor chose. A calendar that is too old opens nothing."""

    key = "calendar_ical:openings"
    label = N_("Plages de l’agenda personnel")

    async def list_open(self, context: PluginContext, query: SlotQuery) -> Sequence[OpenTime]:
        """Open time of the asked advisors, for the structure that each calendar is for."""
        assert context.structure is not None
        return await context.services.database.structs(
            OpenTime,
            "SELECT f.advisor AS advisor_id, o.starts_at, o.ends_at, f.channels, f.site AS site_id, f.name AS source"
            " FROM calendar_ical_open o JOIN calendar_ical_feed f ON f.id = o.feed"
            " WHERE f.structure = $1 AND f.advisor = ANY($2::uuid[]) AND f.succeeded_at >= $5"
            " AND o.starts_at < $4 AND o.ends_at > $3 ORDER BY f.advisor, o.starts_at",
            context.structure.id,
            list(query.advisor_ids),
            query.starts_at,
            query.ends_at,
            context.now - trusted(context),
        )
