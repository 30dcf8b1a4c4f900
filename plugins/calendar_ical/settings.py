"""The settings of both directions."""

from typing import Annotated

from msgspec import Meta

from hookspecs import N_, CalendarPace


class CalendarSettings(CalendarPace, frozen=True, kw_only=True):
    """How calendars are followed; `timeout_seconds` covers one reading whole."""

    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=30,
            title=N_("Attendre une réponse, au plus"),
            extra_json_schema={"x-unit": N_("secondes")},
        ),
    ] = 10
