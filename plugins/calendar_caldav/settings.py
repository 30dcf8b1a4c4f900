"""The settings of the exchange."""

from typing import Annotated

from msgspec import Meta

from hookspecs import N_, CalendarPace


class CaldavSettings(CalendarPace, frozen=True, kw_only=True):
    """How calendars are followed; `timeout_seconds` covers one exchange whole, `max_megabytes` each answer."""

    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=60,
            title=N_("Attendre une réponse, au plus"),
            extra_json_schema={"x-unit": N_("secondes")},
        ),
    ] = 20
