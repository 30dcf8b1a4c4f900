"""The words that a youth agrees to. A new wording is a new version: what each one agreed to stays known."""

from core.web.i18n import _

VERSION = "2027-01"


def text() -> str:
    """The words of the present version."""
    return _(
        "J’accepte que mes réponses servent à organiser cet entretien et à préparer mon projet. Seule la structure qui"
        " me reçoit les lit ; je peux les revoir ou les faire effacer à tout moment."
    )
