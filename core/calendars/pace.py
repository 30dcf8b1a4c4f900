"""How an outside calendar is followed: the settings that every calendar plugin has."""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.web.i18n import N_


class CalendarPace(msgspec.Struct, frozen=True, kw_only=True):
    """For the settings of a calendar plugin to begin with.

    `show_names` puts the youth's name in the advisor's calendar, hence in the hands of whoever hosts it. A calendar is read every
    `poll_minutes`, `horizon_days` ahead and up to `max_megabytes`; when no reading succeeded for `freshness_hours`, the advisor's
    slots are hidden.
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
