"""What the coordination, or a structure, may weigh otherwise than `rules.toml` does."""

from typing import Annotated

import msgspec
from msgspec import Meta

from plugins.matching_rules.rulebook import Weights


def _weight(title: str) -> Meta:
    return Meta(ge=0, le=100, title=title, description="Vide : la valeur des règles de la région.")


class MatchingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The weight of each criterion, 0 to 100; None keeps the one of `rules.toml`."""

    domains: Annotated[int, _weight("Domaine")] | None = None
    places: Annotated[int, _weight("Destination")] | None = None
    duration: Annotated[int, _weight("Durée")] | None = None
    budget: Annotated[int, _weight("Budget")] | None = None
    interests: Annotated[int, _weight("Centres d’intérêt")] | None = None
    departure: Annotated[int, _weight("Calendrier")] | None = None
    language: Annotated[int, _weight("Langue conseillée")] | None = None
    company: Annotated[int, _weight("Seul·e ou en groupe")] | None = None
    audience: Annotated[int, _weight("Public visé")] | None = None
    certainty: Annotated[int, _weight("Conditions déjà vérifiées")] | None = None

    def over(self, weights: Weights) -> Weights:
        """`weights`, with those that are set here instead."""
        own = {
            name: value for name, value in msgspec.structs.asdict(self).items() if value is not None
        }
        return msgspec.structs.replace(weights, **own)
