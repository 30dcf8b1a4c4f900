"""Steps of a sheet's life, of its draft and of its links, in words and tones."""

from collections.abc import Mapping

from core.web.i18n import _

STATUS_TONES: Mapping[str, str] = {"published": "good", "to_verify": "warn", "in_review": "info"}
LINK_TONES: Mapping[str, str] = {
    "ok": "good",
    "moved": "info",
    "gone": "bad",
    "silent": "warn",
    "closed": "neutral",
    "new": "neutral",
}
CONFIDENCE_TONES: Mapping[str, str] = {"high": "good", "medium": "neutral", "low": "warn"}


def status_label(status: str) -> str:
    """How a step of a sheet's life is called."""
    return {
        "draft": _("Brouillon"),
        "in_review": _("En relecture"),
        "published": _("Publiée"),
        "to_verify": _("À vérifier"),
        "archived": _("Archivée"),
    }[status]


def link_label(state: str) -> str:
    """What was found behind an address."""
    return {
        "new": _("Pas encore vérifié"),
        "ok": _("Lien vérifié"),
        "moved": _("A déménagé"),
        "gone": _("Lien cassé"),
        "silent": _("Ne répond pas"),
        "closed": _("Fermé aux robots"),
    }[state]
