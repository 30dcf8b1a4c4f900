"""Openings, absences, and the slot projection."""

from collections.abc import Sequence
from uuid import UUID

from core.platform import Platform


async def refresh(platform: Platform, advisor_ids: Sequence[UUID]) -> None:
    """Computes the slots of these advisors again."""


async def refresh_all(platform: Platform) -> None:
    """Rolls the horizon forward for everyone."""
