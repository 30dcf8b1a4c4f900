"""The settings of the exchange."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CaldavSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`show_names` puts the youth's name in the advisor's calendar, hence in the hands of whoever hosts it.

    A calendar is compared every `poll_minutes`; when it could not be read for `freshness_hours`, the advisor's slots are
    hidden. `timeout_seconds` covers one exchange whole, `max_megabytes` each answer.
    """

    show_names: bool = False
    poll_minutes: Annotated[int, Meta(ge=2, le=240)] = 10
    freshness_hours: Annotated[int, Meta(ge=1, le=72)] = 6
    horizon_days: Annotated[int, Meta(ge=7, le=400)] = 370
    max_megabytes: Annotated[int, Meta(ge=1, le=20)] = 5
    timeout_seconds: Annotated[float, Meta(gt=0, le=60)] = 20
