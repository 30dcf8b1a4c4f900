"""The settings: from how many answers on results are shown."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hookspecs import N_


class QuestionnairesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Below `minimum` answers nothing is shown of them: few answers would tell who gave which."""

    minimum: Annotated[
        int,
        Meta(
            ge=3,
            le=50,
            title=N_("Réponses nécessaires"),
            description=N_(
                "En dessous, aucun résultat n’est montré ni exporté : peu de réponses diraient qui a dit quoi."
            ),
        ),
    ] = 5
