"""The core's own booking rules."""

from collections.abc import Sequence

from core.contracts.booking import BookingRule

BOOKING_RULES: Sequence[BookingRule] = ()
