"""Notices in words: what they are, for whom, and what came of them."""

from collections.abc import Mapping
from typing import Any

from core.notices.ledger import Receipt
from core.web.i18n import _


def kind_label(kind: str) -> str:
    """A kind of message, in the present language; one that we do not know by its own name."""
    labels = {
        "confirmation": _("Confirmation"),
        "change": _("Changement"),
        "cancellation": _("Annulation"),
        "reminder_7d": _("Rappel une semaine avant"),
        "reminder_1d": _("Rappel la veille"),
        "link_1h": _("Lien de la visio"),
        "roadmap": _("Feuille de route"),
        "feedback": _("Comment ça s’est passé"),
        "follow_up": _("Échange après l’entretien"),
        "check_in": _("Où en êtes-vous ?"),
        "demand_offer": _("Créneau proposé"),
        "earlier_offer": _("Place plus tôt"),
        "week": _("Résumé du lundi"),
        "shortage": _("Manque de créneaux"),
        "shortage_region": _("Structures à court de créneaux"),
        "sheets": _("Fiches à vérifier"),
        "password_link": _("Lien pour un nouveau mot de passe"),
        "password_set": _("Mot de passe changé"),
        "factor_set": _("Second facteur mis en place"),
        "factor_removed": _("Second facteur retiré"),
    }
    return labels.get(kind, kind)


def event_label(payload: Mapping[str, Any]) -> str:
    """What happened, of an event as it is kept; one that we do not know by its own name."""
    kind = str(payload.get("type", ""))
    labels = {
        "appointmentbooked": _("Rendez-vous pris"),
        "appointmentchanged": _("Rendez-vous changé"),
        "appointmentcancelled": _("Rendez-vous annulé"),
        "interviewclosed": _("Entretien clos"),
        "roadmapsent": _("Feuille de route envoyée"),
        "followupwritten": _("Échange après l’entretien"),
        "pluginturned": _("Fonctionnalité activée")
        if payload.get("is_on")
        else _("Fonctionnalité désactivée"),
    }
    return labels.get(kind, kind)


def audience_label(audience: str) -> str:
    """Who is written to, in the present language."""
    labels = {
        "youth": _("jeune"),
        "advisor": _("conseil"),
        "former_advisor": _("conseil précédent"),
        "staff": _("équipe"),
    }
    return labels.get(audience, audience)


def state_label(receipt: Receipt) -> tuple[str, str]:
    """What came of a receipt, in words, and the tone to say it in."""
    if receipt.state == "due" and receipt.attempts:
        return _("nouvel essai prévu"), "warn"
    labels = {
        "due": (_("sur le départ"), "neutral"),
        "sent": (_("parti"), "good"),
        "kept": (_("gardé, non envoyé"), "info"),
        "refused": (_("refusé par le destinataire"), "bad"),
        "gave_up": (_("abandonné"), "bad"),
        "dropped": (_("plus d’actualité"), "neutral"),
    }
    return labels[receipt.state]
