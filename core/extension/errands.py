"""What plugin code, on a loop of its own, asks of the platform: done on the server's loop, by the very task that waits for the plugin.

So the plugin reads and writes in the transaction of who asks it, as if it were called in place, and everything that belongs
to the server's loop (connections, requests, locks) is touched there only. What a task that the plugin started asks for is done by
a task beside it, outside that transaction: two at once cannot share a connection. When the call is over, what it left open is
rolled back and it can ask for nothing more.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

from core.errors import PluginError
from core.web.i18n import current_locale, use_locale

T = TypeVar("T")
present: ContextVar["Errand | None"] = ContextVar("somobilite_errand", default=None)
"""The call that the present code belongs to."""


async def at_home(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives on the server's loop; in place where that is the present one. Raises what it raises.

    Raises `PluginError` once the call of the plugin is over.
    """
    errand = _away()
    return await work() if errand is None else await errand.ask(lambda _: work())


@asynccontextmanager
async def opened_at_home(
    manager: Callable[[], AbstractAsyncContextManager[T]],
) -> AsyncIterator[T]:
    """A context manager of the platform, entered and left on the server's loop while its body runs here."""
    errand = _away()
    if errand is None:
        async with manager() as value:
            yield value
        return
    made = manager()
    try:
        yield await errand.ask(lambda desk: desk.enter(made))
    except BaseException as error:
        reason = error
        if not await errand.ask(lambda desk: desk.leave(made, reason)):
            raise
    else:
        await errand.ask(lambda desk: desk.leave(made, None))


def soon_at_home(work: Callable[[], object]) -> None:
    """Has `work` done on the server's loop, without waiting for it."""
    errand = _away()
    if errand is None:
        work()
    else:
        errand.home.call_soon_threadsafe(work)


def is_home() -> bool:
    """Whether the present loop is the server's."""
    return _away() is None


def holds_open() -> bool:
    """Whether the present task of a plugin has something of the platform open."""
    errand = _away()
    return errand is not None and errand.holds_open(asyncio.current_task())


def _away() -> "Errand | None":
    """The call that the present code belongs to, when it runs on another loop than the server's."""
    errand = present.get()
    return None if errand is None or errand.home is asyncio.get_running_loop() else errand


class Errand:
    """One call of a plugin, as who asks sees it. Made, served and closed on the server's loop."""

    def __init__(self) -> None:
        self.home = asyncio.get_running_loop()
        self.runner: asyncio.Task[Any] | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        """All that run for this call on the plugin's loop, and are touched there only."""
        self._desk = _Desk()
        self._beside: dict[asyncio.Task[Any] | None, tuple[_Desk, asyncio.Task[None]]] = {}
        self._over = False

    async def serve(self) -> None:
        """Does what the plugin's own task asks for, until `dismiss`."""
        await self._desk.serve()

    def dismiss(self) -> None:
        """Ends `serve`."""
        self._desk.close()

    async def close(self) -> None:
        """The call is over: rolls back what it left open, and refuses the rest."""
        self._over = True
        tasks = [task for _, task in self._beside.values()]
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks)
        finally:
            await self._desk.clear()

    async def ask(self, work: "Callable[[_Desk], Awaitable[T]]") -> T:
        """Called on the plugin's side: what `work` gives at home."""
        order = _Order(work)
        self.home.call_soon_threadsafe(self._take, order, asyncio.current_task())
        try:
            answer: T = await asyncio.wrap_future(order.answer)
        except asyncio.CancelledError:
            self.home.call_soon_threadsafe(order.withdraw)
            raise
        return answer

    def holds_open(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether `opened_at_home` is under way in a task of the plugin's."""
        desk = self._desk if task is self.runner else self._beside.get(task, (None, None))[0]
        return desk is not None and desk.holds_open

    def _take(self, order: "_Order", task: asyncio.Task[Any] | None) -> None:
        if self._over:
            order.refuse()
        else:
            self._desk_of(task, order).put(order)

    def _desk_of(self, task: asyncio.Task[Any] | None, order: "_Order") -> "_Desk":
        if task is self.runner or task is None:
            return self._desk
        if task not in self._beside:
            desk = _Desk()
            serving = self.home.create_task(desk.serve_apart(), context=order.context)
            self._beside[task] = desk, serving
            serving.add_done_callback(lambda _: self._beside.pop(task, None))

            def ended(_: asyncio.Task[Any]) -> None:
                with suppress(RuntimeError):  # the server's loop was closed meanwhile
                    self.home.call_soon_threadsafe(desk.close)

            with suppress(RuntimeError):  # so was the plugin's; `close` comes
                task.get_loop().call_soon_threadsafe(task.add_done_callback, ended)
        return self._beside[task][0]


class _Order:
    """One thing to do at home."""

    def __init__(self, work: "Callable[[_Desk], Awaitable[Any]]") -> None:
        self.answer: Future[Any] = Future()
        self.context = contextvars.copy_context()
        self._work = work
        self._locale = current_locale()
        self._scope: asyncio.Timeout | None = None
        self._withdrawn = False

    def withdraw(self) -> None:
        """The plugin does not wait for it any more: what is under way is cancelled, without cancelling who does it."""
        self._withdrawn = True
        if self._scope is not None:
            self._scope.reschedule(0)

    def refuse(self) -> None:
        """The call is over."""
        self._settle(error=PluginError("this call is over: what goes on by itself is a job"))

    async def fulfil(self, desk: "_Desk") -> None:
        """Does it, and tells the plugin what came of it."""
        if self._withdrawn:
            return
        try:
            with use_locale(self._locale):
                async with asyncio.timeout(None) as self._scope:
                    value = await self._work(desk)
        except asyncio.CancelledError:
            self.answer.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - it is the plugin's to handle
            self._settle(error=error)
        else:
            self._settle(value)
        finally:
            self._scope = None

    def _settle(self, value: Any = None, error: BaseException | None = None) -> None:
        with suppress(InvalidStateError):  # withdrawn at this very moment
            if error is None:
                self.answer.set_result(value)
            else:
                self.answer.set_exception(error)


class _Desk:
    """Where one task of the server's loop does what one task of a plugin asks for, one thing after the other."""

    def __init__(self) -> None:
        self._orders: asyncio.Queue[_Order | None] = asyncio.Queue()
        self._open: list[AbstractAsyncContextManager[Any]] = []

    @property
    def holds_open(self) -> bool:
        """Whether something was entered and not left yet."""
        return bool(self._open)

    def put(self, order: _Order) -> None:
        """One thing more."""
        self._orders.put_nowait(order)

    def close(self) -> None:
        """Nothing more will come."""
        self._orders.put_nowait(None)

    async def serve(self) -> None:
        """Until closed."""
        while (order := await self._orders.get()) is not None:
            await order.fulfil(self)

    async def serve_apart(self) -> None:
        """The same, in a task of its own, which leaves nothing open."""
        try:
            await self.serve()
        finally:
            await self.clear()

    async def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enters, and remembers to leave."""
        value = await manager.__aenter__()
        self._open.append(manager)
        return value

    async def leave(
        self, manager: AbstractAsyncContextManager[Any], error: BaseException | None
    ) -> bool | None:
        """Leaves, unless it was never entered; whether the error is dealt with."""
        if manager not in self._open:
            return False
        self._open.remove(manager)
        kind = None if error is None else type(error)
        return await manager.__aexit__(kind, error, error.__traceback__ if error else None)

    async def clear(self) -> None:
        """Rolls back what is still open, the last first, and refuses what still waits."""
        while self._open:
            with suppress(Exception):
                await self.leave(self._open[-1], _Abandoned())
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order is not None:
                order.refuse()


class _Abandoned(Exception):
    """The call is over, and left this open."""
