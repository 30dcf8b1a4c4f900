"""A word above the agenda when one's own calendar is in trouble."""

from collections.abc import Mapping
from typing import Any

from hookspecs import PluginContext

from .feeds import read_feed
from .settings import CalendarSettings


async def banner(context: PluginContext, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the banner says, or nothing when all is well. The page gives `advisor_id`."""
    settings: CalendarSettings = context.settings
    feed = await read_feed(context, values["advisor_id"])
    if feed is None:
        return None
    state = feed.state(settings, context.now)
    return None if state == "ok" else {"feed": feed, "state": state}
