"""The desk of the booking tests serves here too."""

from tests.booking.conftest import desk

__all__ = ["desk"]
