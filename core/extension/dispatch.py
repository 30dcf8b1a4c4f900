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
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Histogram

from core.extension.breaker import WELL, Breaker
from core.extension.policies import POLICIES

log = structlog.get_logger("somobilite.plugins")
T = TypeVar("T")
_BREAKING = frozenset(capability for capability, policy in POLICIES.items() if policy.breaks)
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


class Tally(msgspec.Struct, kw_only=True):
    """How the calls of one plugin at one capability went, in this process."""

    calls: int = 0
    failures: int = 0
    skipped: int = 0
    seconds: float = 0.0
    last_problem: str = ""


class Dispatcher:
    """Calls plugins, with one time limit for all; leaves alone, per structure, one that keeps failing."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self.tallies: dict[tuple[str, str], Tally] = {}
        self._late: dict[str, list[threading.Thread]] = {}
        self._breakers: dict[tuple[str, str, UUID | None], Breaker] = {}

    async def ask(
        self,
        plugin_id: str,
        capability: str,
        call: Callable[[], Any],
        expected: Any,
        *,
        structure_id: UUID | None = None,
        timeout_seconds: float | None = None,
    ) -> Outcome[Any]:
        """Calls a plugin, for a structure or the region. `expected` is the type of the answer; anything else is that plugin's
        failure.
        """
        started = time.perf_counter()
        circuit = (plugin_id, capability, structure_id)
        tally = self.tallies.setdefault((plugin_id, capability), Tally())
        breaker = self._breakers.get(circuit, WELL)
        if breaker is not WELL:
            if not breaker.allows(started):
                tally.skipped += 1
                CALLS.labels(plugin_id, capability, "skipped").observe(0)
                return Outcome(plugin_id=plugin_id, problem="left alone: it failed again and again")
            self._breakers[circuit] = breaker.asked(started)
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
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the place where plugins are isolated
            problem = f"{type(error).__name__}: {error}"
        ended = time.perf_counter()
        CALLS.labels(plugin_id, capability, "failed" if problem else "answered").observe(
            ended - started
        )
        tally.calls += 1
        tally.seconds += ended - started
        if problem:
            tally.failures, tally.last_problem = tally.failures + 1, problem
            if capability in _BREAKING:
                self._breakers[circuit] = breaker.failed(ended)
            log.warning(
                "plugin call failed", plugin=plugin_id, capability=capability, problem=problem
            )
        elif breaker is not WELL:
            self._breakers.pop(circuit, None)
        return Outcome(plugin_id=plugin_id, value=value, problem=problem)

    def open_circuits(self) -> list[tuple[str, str, UUID | None]]:
        """The plugins that are left alone now, with the capability and the structure."""
        now = time.perf_counter()
        return [circuit for circuit, breaker in self._breakers.items() if not breaker.allows(now)]

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
