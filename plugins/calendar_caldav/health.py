"""One line for each account in trouble, of advisors where the plugin is on."""

from collections.abc import Sequence

from hookspecs import CalendarCondition, Health, PluginContext, _, health_lines

from .accounts import Account, trusted


class CaldavHealth:
    """Looks at what the last comparisons kept."""

    key = "calendar_caldav:accounts"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The lines, or one that counts what goes well."""
        names = await context.services.list_advisors([one.id for one in context.structures])
        found = await context.services.database.structs(
            Account,
            "SELECT * FROM calendar_caldav_account WHERE calendar <> '' AND advisor = ANY($1::uuid[])"
            " ORDER BY succeeded_at",
            list(names),
        )
        return health_lines(
            _("Agendas CalDAV"),
            [
                CalendarCondition(
                    name=f"{names[account.advisor]} ({account.host})",
                    state=account.state(trusted(context), context.now),
                    problem=account.problem,
                )
                for account in found
            ],
            _("La personne peut corriger ou retirer son compte dans « Mon agenda CalDAV »."),
        )
