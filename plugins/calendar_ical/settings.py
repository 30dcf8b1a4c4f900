"""The settings of both directions."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CalendarSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`show_names` puts the youth's name in the advisor's feed, hence in the hands of whoever hosts that calendar.

    An external calendar is read every `poll_minutes`; when no reading succeeded for `freshness_hours`, the
    advisor's slots are hidden.
    """

    show_names: bool = False
    poll_minutes: Annotated[int, Meta(ge=2, le=240)] = 10
    freshness_hours: Annotated[int, Meta(ge=1, le=72)] = 6
    horizon_days: Annotated[int, Meta(ge=7, le=400)] = 370
    max_megabytes: Annotated[int, Meta(ge=1, le=20)] = 5
    timeout_seconds: Annotated[float, Meta(gt=0, le=30)] = 10
