"""Notices in words: what they are, for whom, and what came of them."""

from core.contracts.notices import Audience, NoticeKind
from core.notices.service import Receipt
from core.web.i18n import _


def kind_label(kind: NoticeKind) -> str:
    """A kind of notice, in the present language."""
    labels: dict[NoticeKind, str] = {
        "confirmation": _("Confirmation"),
        "change": _("Changement"),
        "cancellation": _("Annulation"),
        "reminder_7d": _("Rappel une semaine avant"),
        "reminder_1d": _("Rappel la veille"),
        "link_1h": _("Lien de la visio"),
        "roadmap": _("Feuille de route"),
    }
    return labels[kind]


def audience_label(audience: Audience) -> str:
    """Who is written to, in the present language."""
    labels: dict[Audience, str] = {
        "youth": _("jeune"),
        "advisor": _("conseil"),
        "former_advisor": _("conseil précédent"),
    }
    return labels[audience]


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
