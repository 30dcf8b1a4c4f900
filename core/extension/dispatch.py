"""The one place that calls plugins: a time limit, a broad except, a typed outcome.

A plugin that raises, hangs or returns nonsense is an outcome with a reason; what to do with it is the caller's policy
(DESIGN section 5). `asyncio.CancelledError` passes through: a cancelled request stays cancelled.

A plugin's code starts on a thread of its own, for a rule or a strategy that never ends would otherwise stop the whole server.
What it returns to be awaited runs here, where it can be cancelled.
"""

import asyncio
import contextvars
import inspect
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from prometheus_client import Histogram

log = structlog.get_logger("somobilite.plugins")
T = TypeVar("T")
MOST_LATE = 2
"""Threads that one plugin may keep busy past its time limit; then it is not asked any more until one ends."""

CALLS = Histogram(
    "somobilite_plugin_call_seconds",
    "Duration of calls into plugins",
    ["plugin", "capability", "outcome"],
)


class Outcome(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What came of a call: a value, or why there is none."""

    plugin_id: str
    value: T | None = None
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the plugin answered as it should."""
        return not self.problem


class Dispatcher:
    """Calls plugins, with one time limit for all."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self._late: dict[str, list[threading.Thread]] = {}

    async def ask(
        self,
        plugin_id: str,
        capability: str,
        call: Callable[[], Any],
        expected: Any,
        *,
        timeout_seconds: float | None = None,
    ) -> Outcome[Any]:
        """Calls a plugin. `expected` is the type of the answer; anything else is that plugin's failure."""
        started = time.perf_counter()
        problem = ""
        value: Any = None
        try:
            # Our own synchronous code neither needs a thread nor, once it has answered, a time limit.
            answer = call() if plugin_id == "core" else None
            if plugin_id != "core" or inspect.isawaitable(answer):
                async with asyncio.timeout(timeout_seconds or self.timeout_seconds):
                    if plugin_id != "core":
                        answer = await self._start(plugin_id, call)
                    if inspect.isawaitable(answer):
                        answer = await answer
            value = msgspec.convert(answer, expected, from_attributes=False)
        except TimeoutError:
            problem = f"no answer within {timeout_seconds or self.timeout_seconds:g} s"
        except msgspec.ValidationError as error:
            problem = f"answered something else than expected: {error}"
        except Exception as error:  # noqa: BLE001 - the place where plugins are isolated
            problem = f"{type(error).__name__}: {error}"
        outcome = "failed" if problem else "answered"
        CALLS.labels(plugin_id, capability, outcome).observe(time.perf_counter() - started)
        if problem:
            log.warning(
                "plugin call failed", plugin=plugin_id, capability=capability, problem=problem
            )
        return Outcome(plugin_id=plugin_id, value=value, problem=problem)

    async def _start(self, plugin_id: str, call: Callable[[], T]) -> T:
        """Calls on a new thread, in the present context, and remembers the thread if we leave before it ends."""
        late = [thread for thread in self._late.get(plugin_id, ()) if thread.is_alive()]
        self._late[plugin_id] = late
        if len(late) >= MOST_LATE:
            raise RuntimeError("still busy with earlier calls")
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        context = contextvars.copy_context()
        answers: list[T] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                answers.append(context.run(call))
            except BaseException as error:  # noqa: BLE001 - raised again by who asked
                errors.append(error)
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(ended.set)

        thread = threading.Thread(target=work, name=f"plugin-{plugin_id}", daemon=True)
        thread.start()
        try:
            await ended.wait()
        except asyncio.CancelledError:
            late.append(thread)
            raise
        for error in errors:
            if isinstance(error, Exception):
                raise error
            raise RuntimeError(f"tried to end the program: {error!r}") from error
        return answers[0]
