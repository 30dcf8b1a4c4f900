"""One line for each calendar in trouble, of advisors where the plugin is on."""

from collections.abc import Sequence

from hookspecs import CalendarCondition, Health, PluginContext, _, health_lines

from .feeds import Feed


class CalendarHealth:
    """Looks at what the last readings kept."""

    key = "calendar_ical:feeds"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The lines, or one that counts what goes well."""
        names = await context.services.list_advisors([one.id for one in context.structures])
        feeds = await context.services.database.structs(
            Feed,
            "SELECT * FROM calendar_ical_feed WHERE advisor = ANY($1::uuid[]) ORDER BY succeeded_at",
            list(names),
        )
        return health_lines(
            _("Agendas externes"),
            [
                CalendarCondition(
                    name=f"{names[feed.advisor]} ({feed.host})",
                    state=feed.state_for(context),
                    problem=feed.problem,
                )
                for feed in feeds
            ],
            _("La personne peut le corriger ou le retirer dans « Mon calendrier »."),
        )
