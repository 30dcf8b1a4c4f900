"""One line for each account in trouble."""

from collections.abc import Sequence

from hookspecs import Health, PluginContext, _, ngettext

from .accounts import Account
from .settings import CaldavSettings

_SHOWN = 20


class _Named(Account, frozen=True, kw_only=True):
    advisor_name: str


class CaldavHealth:
    """Looks at what the last comparisons kept."""

    key = "calendar_caldav:accounts"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The lines, or one that counts what goes well."""
        settings: CaldavSettings = context.settings
        found = await context.services.database.structs(
            _Named,
            "SELECT c.*, a.display_name AS advisor_name FROM calendar_caldav_account c"
            " JOIN advisor a ON a.id = c.advisor WHERE c.calendar <> '' ORDER BY c.succeeded_at",
        )
        states = [(account, account.state(settings, context.now)) for account in found]
        bad = [(account, state) for account, state in states if state != "ok"]
        if not bad:
            count = ngettext("%(num)d agenda suivi", "%(num)d agendas suivis", len(found))
            return [
                Health(name=_("Agendas CalDAV"), state="ok", detail=count % {"num": len(found)})
            ]
        return [_line(account, state) for account, state in bad[:_SHOWN]]


def _line(account: _Named, state: str) -> Health:
    name = _("Agenda CalDAV de %(name)s") % {"name": account.advisor_name}
    if state == "closed":
        return Health(
            name=name,
            state="failing",
            detail=_("Créneaux masqués. %(problem)s") % {"problem": account.problem},
            hint=_("La personne peut corriger ou retirer son compte dans « Mon agenda CalDAV »."),
        )
    return Health(name=name, state="degraded", detail=account.problem)
