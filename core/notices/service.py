"""What is due to whom, and bringing it."""

from core.platform import Platform


async def plan_all(platform: Platform) -> None:
    """Writes the receipts of every notice that became due."""


async def deliver_due(platform: Platform) -> int:
    """Brings a batch of due notices; returns how many were tried."""
    return 0
