"""What the buttons of the advisor's screen do, once what was typed is saved."""

from uuid import UUID

from core.accounts.access import CurrentUser
from core.errors import NotFound
from core.interviews import choices, roadmap, service
from core.platform import Platform
from core.web.i18n import _


async def act(
    platform: Platform, user: CurrentUser, appointment_id: UUID, action: str
) -> tuple[str, str]:
    """Does what a button says (`keep:<sheet>`, `close:honoured`…); the word to show and where to come back."""
    verb, _sep, target = action.partition(":")
    match verb, target:
        case ("", "") | ("save", ""):
            said, anchor = _("Tout est enregistré."), ""
        case "tag", _any:
            said, anchor = _("Ajouté au dossier."), "#idees"
        case "keep", _any:
            await choices.keep(platform, user, appointment_id, target)
            said, anchor = _("Fiche gardée."), "#gardees"
        case "set_aside", _any:
            await choices.set_aside(platform, user, appointment_id, target)
            said, anchor = _("Fiche écartée."), "#classement"
        case "undo", _any:
            await choices.undo(platform, user, appointment_id, target)
            said, anchor = _("La fiche est revenue dans le classement."), "#classement"
        case (("up" | "down"), _any):
            await choices.shift(platform, user, appointment_id, target, -1 if verb == "up" else 1)
            said, anchor = _("Ordre changé."), "#gardees"
        case "close", ("honoured" | "no_show") as outcome:
            await service.close(platform, user, appointment_id, outcome)
            said, anchor = _("L’entretien est clos."), "#cloture"
        case "close", "":
            await service.take_back(platform, user, appointment_id)
            said, anchor = _("L’entretien est de nouveau à renseigner."), "#cloture"
        case "send", "":
            await roadmap.send_roadmap(platform, user, appointment_id)
            said, anchor = _("La feuille de route est envoyée."), "#cloture"
        case _any:
            raise NotFound("no such action")
    return said, anchor
