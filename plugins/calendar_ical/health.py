"""One line for each calendar in trouble."""

from collections.abc import Sequence

from hookspecs import Health, PluginContext, _, ngettext

from .feeds import Feed
from .settings import CalendarSettings

_SHOWN = 20


class _Named(Feed, frozen=True, kw_only=True):
    advisor_name: str


class CalendarHealth:
    """Looks at what the last readings kept."""

    key = "calendar_ical:feeds"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The lines, or one that counts what goes well."""
        settings: CalendarSettings = context.settings
        feeds = await context.services.database.structs(
            _Named,
            "SELECT f.*, a.display_name AS advisor_name FROM calendar_ical_feed f"
            " JOIN advisor a ON a.id = f.advisor ORDER BY f.succeeded_at",
        )
        bad = [feed for feed in feeds if feed.state(settings, context.now) != "ok"]
        if not bad:
            count = ngettext("%(num)d agenda lu", "%(num)d agendas lus", len(feeds))
            return [
                Health(name=_("Agendas externes"), state="ok", detail=count % {"num": len(feeds)})
            ]
        return [_line(feed, feed.state(settings, context.now)) for feed in bad[:_SHOWN]]


def _line(feed: _Named, state: str) -> Health:
    name = _("Agenda de %(name)s") % {"name": feed.advisor_name}
    if state == "closed":
        return Health(
            name=name,
            state="failing",
            detail=_("Créneaux masqués. %(problem)s") % {"problem": feed.problem},
            hint=_("La personne peut corriger ou retirer l’adresse dans « Mon calendrier »."),
        )
    return Health(name=name, state="degraded", detail=feed.problem)
