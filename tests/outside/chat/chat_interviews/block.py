"""The conversation, for the advisor who fills in the interview."""

from collections.abc import Mapping
from typing import Any

from hookspecs import PageBlock, PluginContext

from .room import read

_LAST = 20


async def _values(context: PluginContext, told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The last messages; nothing for interviews that were not in writing."""
    messages = await read(context, told["appointment"].id, most=_LAST)
    return {"messages": messages} if messages else None


BLOCK = PageBlock(
    place="interview.screen",
    template="chat_interviews/block.html",
    values=_values,
)
