"""What the coordination, or a structure, may weigh otherwise than `rules.toml` does."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hookspecs import N_
from plugins.matching_rules.rulebook import Weights


def _weight(title: str) -> Meta:
    return Meta(
        ge=0,
        le=100,
        title=title,
        description=N_("De 0 à 100. Vide : la valeur des règles de la région."),
    )


class MatchingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The weight of each criterion, 0 to 100; None keeps the one of `rules.toml`."""

    domains: Annotated[int, _weight(N_("Domaine"))] | None = None
    places: Annotated[int, _weight(N_("Destination"))] | None = None
    duration: Annotated[int, _weight(N_("Durée"))] | None = None
    budget: Annotated[int, _weight(N_("Budget"))] | None = None
    interests: Annotated[int, _weight(N_("Centres d’intérêt"))] | None = None
    departure: Annotated[int, _weight(N_("Calendrier"))] | None = None
    language: Annotated[int, _weight(N_("Langue conseillée"))] | None = None
    company: Annotated[int, _weight(N_("Seul·e ou en groupe"))] | None = None
    audience: Annotated[int, _weight(N_("Public visé"))] | None = None
    certainty: Annotated[int, _weight(N_("Conditions déjà vérifiées"))] | None = None

    def over(self, weights: Weights) -> Weights:
        """`weights`, with those that are set here instead."""
        own = {
            name: value for name, value in msgspec.structs.asdict(self).items() if value is not None
        }
        return msgspec.structs.replace(weights, **own)
