"""The busy source: what the last comparisons kept, or that it cannot be trusted now."""

from hookspecs import BusyAnswer, BusyTime, PluginContext, SlotQuery, _

from .accounts import Account
from .settings import CaldavSettings


class CaldavCalendars:
    """Reads what was kept; the network is never asked here."""

    key = "calendar_caldav:busy"
    label = "Agenda CalDAV"

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the advisors who chose a calendar; closed for those whose calendar is too old."""
        settings: CaldavSettings = context.settings
        database = context.services.database
        advisors = list(query.advisor_ids)
        found = await database.structs(
            Account,
            "SELECT * FROM calendar_caldav_account WHERE advisor = ANY($1::uuid[])",
            advisors,
        )
        busy = await database.structs(
            BusyTime,
            "SELECT advisor AS advisor_id, starts_at, ends_at FROM calendar_caldav_busy"
            " WHERE advisor = ANY($1::uuid[]) AND starts_at < $3 AND ends_at > $2",
            advisors,
            query.starts_at,
            query.ends_at,
        )
        closed = {
            account.advisor: _("L’agenda CalDAV ne répond plus : les créneaux sont masqués.")
            for account in found
            if account.state(settings, context.now) == "closed"
        }
        return BusyAnswer(busy=busy, closed=closed)
