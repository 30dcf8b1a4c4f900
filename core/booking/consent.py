"""The words that a youth agrees to. A new wording is a new version: what each one agreed to stays known."""

from collections.abc import Mapping

from core.web.i18n import N_, _

VERSION = "2027-01"

TEXTS: Mapping[str, str] = {
    "2027-01": N_(
        "J’accepte que mes réponses servent à organiser cet entretien et à préparer mon projet. Seule la structure qui"
        " me reçoit les lit ; je peux les revoir ou les faire effacer à tout moment."
    ),
}
"""Every version that was ever shown: one that somebody agreed to is never edited, never removed. A test holds each to its digest."""


def text(version: str = VERSION) -> str:
    """The words of a version, in the present language; empty for one that is not ours (a demonstration's)."""
    return _(TEXTS[version]) if version in TEXTS else ""
