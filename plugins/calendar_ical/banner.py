"""A word above the agenda for each calendar of one's own that is in trouble, but where the agenda itself says that slots are hidden."""

from collections.abc import Mapping
from typing import Any

from hookspecs import PluginContext

from .feeds import list_feeds


async def banner(context: PluginContext, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the banners say, or nothing when all is well. The page gives `advisor_id`."""
    states = [
        (feed, feed.state_for(context)) for feed in await list_feeds(context, values["advisor_id"])
    ]
    bad = [
        (feed, state)
        for feed, state in states
        if state == "failing" or (state == "closed" and not feed.closes)
    ]
    return {"feeds": bad} if bad else None
