"""The deeds of the journal in words. One that has none here reads by its own name: a plugin's, or one that is new."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from core.web.i18n import _

_LONGEST = 120


def deed_label(action: str) -> str:
    """An action (`room.verb`) in the present language."""
    return _labels().get(action, action)


def room_labels() -> dict[str, str]:
    """The rooms that one may look for as a whole."""
    return {
        "interview": _("Dossiers d’entretien"),
        "appointment": _("Rendez-vous"),
        "privacy": _("Données personnelles"),
        "agenda": _("Agendas"),
        "member": _("Équipes"),
        "structure": _("Structures"),
        "plugin": _("Fonctionnalités"),
        "account": _("Comptes"),
    }


def detail_words(action: str, detail: Mapping[str, Any]) -> str:
    """What was noted beside a deed, short."""
    if action == "interview.opened":
        return _("en lecture seule") if detail.get("may") == "read" else ""
    names = {
        "before": _("avant"),
        "after": _("après"),
        "from": _("du"),
        "to": _("au"),
        "kind": _("quoi"),
        "state": _("état"),
        "role": _("rôle"),
        "structures": _("structures"),
        "appointments": _("rendez-vous"),
        "youths": _("personnes"),
        "number": _("numéro"),
    }
    return ", ".join(
        f"{names.get(key, key)} : {_short(value)}"
        for key, value in detail.items()
        if value not in (None, "")
    )


def thing(action: str, target: str) -> tuple[str, str]:
    """What a deed was done to, in short, and its page if it has one."""
    room = action.partition(".")[0]
    if room in {"interview", "appointment", "privacy"} and _is_id(target):
        return _("rendez-vous %(id)s") % {"id": target[:8]}, f"/rendez-vous/{target}"
    if room == "programme":
        return target, f"/fiches/{target}"
    return (target[:8] if _is_id(target) else target), ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _labels() -> dict[str, str]:
    return {
        "interview.opened": _("A ouvert le dossier d’un entretien"),
        "interview.roadmap_sent": _("A envoyé une feuille de route"),
        "appointment.opened": _("A lu qui vient à un rendez-vous"),
        "appointment.arrived": _("A noté une arrivée"),
        "appointment.arrival_undone": _("A retiré une arrivée"),
        "appointment.reopened": _("A rétabli un rendez-vous"),
        "appointment.reset": _("A remis un entretien à renseigner"),
        "appointment.reassigned": _("A confié un rendez-vous à un·e collègue"),
        "appointment.channel_changed": _("A changé la façon de se rencontrer"),
        "youth.merged": _("A reconnu la même personne"),
        "youth.kept_apart": _("A distingué deux personnes"),
        "privacy.erased": _("Données d’une personne effacées"),
        "privacy.retention": _("Données arrivées à leur terme, effacées"),
        "agenda.opening_saved": _("A enregistré une plage"),
        "agenda.opening_deleted": _("A supprimé une plage"),
        "agenda.absence_saved": _("A enregistré une absence"),
        "agenda.absence_deleted": _("A supprimé une absence"),
        "member.added": _("A ajouté une personne à l’équipe"),
        "member.invited": _("A invité une personne"),
        "member.invited_again": _("A renvoyé une invitation"),
        "member.accepted": _("A accepté une invitation"),
        "member.role_changed": _("A changé un rôle"),
        "member.trained": _("A validé une formation"),
        "member.ended": _("A retiré une personne de l’équipe"),
        "site.saved": _("A enregistré un lieu d’accueil"),
        "site.opened": _("A ouvert un lieu d’accueil"),
        "site.closed": _("A fermé un lieu d’accueil"),
        "structure.terms_changed": _("A changé les réglages d’une structure"),
        "structure.reach_saved": _("A changé les coordonnées d’une structure"),
        "structure.brought": _("Structure apportée par une extension"),
        "structure.create": _("A ajouté une structure"),
        "structure.renew": _("A renouvelé une convention"),
        "plugin.switched": _("A changé l’état d’une fonctionnalité"),
        "programme.status": _("A changé l’état d’une fiche"),
        "matching.chosen": _("A choisi l’appariement d’une structure"),
        "matching.youths_listed": _("A cherché à qui une fiche convient"),
        "referral_link.created": _("A créé un lien d’orientation"),
        "referral_link.revoked": _("A retiré un lien d’orientation"),
        "message_template.saved": _("A modifié un message"),
        "message_template.restored": _("A rétabli un message"),
        "notice.retried": _("A relancé un envoi"),
        "event.revived": _("A relancé un traitement"),
        "export.downloaded": _("A téléchargé un export"),
        "journal.downloaded": _("A téléchargé le journal"),
        "account.created": _("Compte créé"),
        "account.password_set": _("Mot de passe choisi"),
        "account.link_asked": _("Lien demandé pour un nouveau mot de passe"),
        "account.factor_set": _("Second facteur mis en place"),
        "account.factor_refused": _("Code de connexion refusé"),
        "account.factor_removed": _("A retiré son second facteur"),
        "account.factor_reset": _("A retiré le second facteur d’une personne"),
        "account.recovery_used": _("Code de secours utilisé"),
        "account.codes_renewed": _("A refait ses codes de secours"),
    }
