"""A page that stays true by itself: the server sends the pieces of it that changed (server-sent events).

A piece is a key and its HTML; `live.js` puts it where the page says `data-live="<key>"`. Pages are whole without this.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import msgspec
from litestar.response import ServerSentEvent, ServerSentEventMessage

from core.web.pages import AnyRequest, platform_of

_BEAT_SECONDS = 15.0
"""How often a stream looks by itself: minutes pass, and news may be lost."""
_LONGEST_SECONDS = 600.0
"""The browser then asks for another: whoever signed out meanwhile gets none."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream shows now. `said` is read aloud when it is not empty and was not said before; `count` goes to the title."""

    pieces: Mapping[str, str]
    said: Mapping[str, str] = {}
    count: int = 0


def stream(request: AnyRequest, look: Callable[[], Awaitable[Picture]]) -> ServerSentEvent:
    """Sends what `look` sees, first whole, then what changed, at each news and each beat."""
    return ServerSentEvent(_messages(request, look))


async def _messages(
    request: AnyRequest, look: Callable[[], Awaitable[Picture]]
) -> AsyncIterator[ServerSentEventMessage]:
    live = platform_of(request).live
    shown: Picture | None = None
    end = time.monotonic() + _LONGEST_SECONDS
    with live.bell() as bell:
        while shown is None or (not live.stopped and time.monotonic() < end):
            bell.clear()
            seen = await look()
            # A comment keeps the connection open through proxies, and finds out when nobody reads any more.
            news = _difference(shown, seen)
            yield ServerSentEventMessage(data=news, comment=None if news else "…")
            shown = seen
            await live.wait(bell, _BEAT_SECONDS)


def _difference(shown: Picture | None, seen: Picture) -> str | None:
    """What the page needs to go from one picture to the next, as JSON; nothing when they are the same."""
    former = shown.pieces if shown else {}
    pieces = {key: html for key, html in seen.pieces.items() if former.get(key) != html}
    pieces |= {key: "" for key in former if key not in seen.pieces}
    said = [words for key, words in seen.said.items() if shown and key not in shown.said]
    if shown is not None and not pieces and not said and shown.count == seen.count:
        return None
    return msgspec.json.encode({"pieces": pieces, "said": said, "count": seen.count}).decode()
