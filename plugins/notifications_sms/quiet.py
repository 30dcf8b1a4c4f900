"""A telephone rings: at night even news wait for the morning, while that still makes sense. When the night is, the region says."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hookspecs import Notice, PluginContext, SlotOffer

LEAST_WARNING = timedelta(hours=2)
"""News read less than this before the hour comes too late to act upon: then it leaves at night."""


def wait_until(context: PluginContext, message: Notice | SlotOffer) -> datetime | None:
    """When to send a message; None for at once. An offer always waits: one that the morning makes useless is dropped."""
    over = context.services.quiet_until(context.now)
    if over is None or isinstance(message, SlotOffer):
        return over
    expected: Sequence[datetime] = [
        seen.starts_at for seen in (message.appointment, message.previous) if seen is not None
    ]
    upcoming = [instant for instant in expected if instant > context.now]
    return over if all(instant - over >= LEAST_WARNING for instant in upcoming) else None
