"""The desk of the booking tests serves here too."""

from tests.booking.conftest import desk
from tests.demand.conftest import bare

__all__ = ["bare", "desk"]
