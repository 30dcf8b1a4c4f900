"""The settings of both directions."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hookspecs import N_


class CalendarSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`show_names` puts the youth's name in the advisor's feed, hence in the hands of whoever hosts that calendar.

    An external calendar is read every `poll_minutes`; when no reading succeeded for `freshness_hours`, the
    advisor's slots are hidden.
    """

    show_names: Annotated[
        bool,
        Meta(
            title=N_("Écrire le nom des jeunes"),
            description=N_("Il se retrouve alors chez l’hébergeur de cet agenda."),
        ),
    ] = False
    poll_minutes: Annotated[
        int,
        Meta(
            ge=2,
            le=240,
            title=N_("Relire chaque agenda toutes les"),
            extra_json_schema={"x-unit": N_("minutes")},
        ),
    ] = 10
    freshness_hours: Annotated[
        int,
        Meta(
            ge=1,
            le=72,
            title=N_("Cacher les créneaux sans lecture depuis"),
            description=N_("Mieux vaut un créneau caché qu’un double rendez-vous."),
            extra_json_schema={"x-unit": N_("heures")},
        ),
    ] = 6
    horizon_days: Annotated[
        int,
        Meta(
            ge=7, le=400, title=N_("Lire l’agenda sur"), extra_json_schema={"x-unit": N_("jours")}
        ),
    ] = 370
    max_megabytes: Annotated[
        int,
        Meta(
            ge=1,
            le=20,
            title=N_("Taille d’un agenda, au plus"),
            extra_json_schema={"x-unit": N_("Mo")},
        ),
    ] = 5
    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=30,
            title=N_("Attendre une réponse, au plus"),
            extra_json_schema={"x-unit": N_("secondes")},
        ),
    ] = 10
