"""Pages that stay open and hear of what happens: one listening connection per process, however many streams are open.

PostgreSQL carries the news between processes (`Database.wake(CHANNEL)`); it says that there is some, each stream looks what it
is. News may be lost with a connection, so that a stream looks again by itself every few seconds.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import asyncpg
import structlog

CHANNEL = "somobilite_live"
log = structlog.get_logger("somobilite.live")


class Live:
    """The bells of the open streams of this process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._bells: set[asyncio.Event] = set()
        self._connection: Any | None = None
        self._opening = asyncio.Lock()
        self.stopped = False

    @contextmanager
    def bell(self) -> Iterator[asyncio.Event]:
        """An event that is set at each news, until the end of the block. Clear it before looking."""
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    async def wait(self, bell: asyncio.Event, seconds: float) -> None:
        """Until the bell rings, the time is over, or the process is about to stop."""
        await self._listen()
        if not self.stopped:
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), seconds)

    def stop(self) -> None:
        """Lets every stream end: a server waits for those that are open."""
        self.stopped = True
        self._ring()

    def stop_on_signals(self) -> None:
        """Has Ctrl-C and SIGTERM end the streams, beside whatever the server does on them."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._before(signal.getsignal(number), loop))

    def _before(
        self, former: Any, loop: asyncio.AbstractEventLoop
    ) -> Callable[[int, FrameType | None], None]:
        """A handler that stops, then does what was done before. The loop's own handlers are called all the same."""

        def stop_first(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.stop)
            if callable(former):
                former(number, frame)

        return stop_first

    async def close(self) -> None:
        """Stops, and closes the connection."""
        self.stop()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=2)

    async def _listen(self) -> None:
        async with self._opening:
            if self.stopped or self._connection is not None:
                return
            try:
                connection = await asyncpg.connect(
                    self._url, timeout=5, target_session_attrs="read-write"
                )
                connection.add_termination_listener(self._lost)
                await connection.add_listener(CHANNEL, self._heard)
                self._connection = connection
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("no news is heard, streams only look", problem=str(error))

    def _heard(self, *_news: object) -> None:
        self._ring()

    def _lost(self, _connection: object) -> None:
        self._connection = None

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()
