"""The busy source: what the last comparisons kept, or that it cannot be trusted now."""

from hookspecs import N_, BusyAnswer, BusyTime, PluginContext, SlotQuery, _, use_locale

from .accounts import Account


class CaldavCalendars:
    """Reads what was kept; the network is never asked here."""

    key = "calendar_caldav:busy"
    label = N_("Agenda CalDAV")

    async def list_busy(self, context: PluginContext, query: SlotQuery) -> BusyAnswer:
        """Busy time of the advisors who chose a calendar; closed for those whose calendar is too old."""
        database = context.services.database
        advisors = list(query.advisor_ids)
        found = await database.structs(
            Account,
            "SELECT * FROM calendar_caldav_account WHERE advisor = ANY($1::uuid[])",
            advisors,
        )
        busy = await database.structs(
            BusyTime,
            "SELECT advisor AS advisor_id, starts_at, ends_at, label FROM calendar_caldav_busy"
            " WHERE advisor = ANY($1::uuid[]) AND starts_at < $3 AND ends_at > $2",
            advisors,
            query.starts_at,
            query.ends_at,
        )
        with use_locale("fr"):  # the reason is kept
            closed = {
                account.advisor: _("L’agenda CalDAV ne peut plus être lu. %(problem)s")
                % {"problem": account.problem}
                for account in found
                if account.state_for(context) == "closed"
            }
        return BusyAnswer(busy=busy, closed=closed)
