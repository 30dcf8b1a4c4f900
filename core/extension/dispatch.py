"""The one place that calls plugins: a time limit, a broad except, a typed outcome.

A plugin that raises, hangs or returns nonsense is an outcome with a reason; what to do with it is the caller's policy
(DESIGN section 5). `asyncio.CancelledError` passes through: a cancelled request stays cancelled.

The core's own objects are asked in place; a plugin's code runs apart (`core.extension.apart`), so that one that blocks, even in an
`async def`, holds nobody up.
"""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Histogram

from core.errors import PluginError
from core.extension.apart import Apart, TooLate
from core.extension.breaker import WELL, Breaker
from core.extension.errands import at_home
from core.extension.policies import POLICIES

log = structlog.get_logger("somobilite.plugins")
T = TypeVar("T")
_BREAKING = frozenset(capability for capability, policy in POLICIES.items() if policy.breaks)

CALLS = Histogram(
    "somobilite_plugin_call_seconds",
    "Duration of calls into plugins",
    ["plugin", "capability", "outcome"],
)
_series = lru_cache(maxsize=1024)(CALLS.labels)


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
    """Calls plugins, with one time limit for all; leaves alone, per structure, one that keeps failing.

    `around` is entered around each call of a plugin, on its thread.
    """

    def __init__(
        self,
        timeout_seconds: float,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self.apart = Apart(around)
        self.tallies: dict[tuple[str, str], Tally] = {}
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
        breaker = self._breakers.get(circuit, WELL)
        if breaker is not WELL:
            if not breaker.allows(started):
                self.tallies.setdefault((plugin_id, capability), Tally()).skipped += 1
                _series(plugin_id, capability, "skipped").observe(0)
                return Outcome(plugin_id=plugin_id, problem="left alone: it failed again and again")
            self._breakers[circuit] = breaker.asked(started)
        problem = ""
        value: Any = None
        limit = timeout_seconds or self.timeout_seconds
        try:
            if plugin_id == "core":
                answer = await _in_place(call, limit)
            else:
                answer = await self.apart.run(plugin_id, call, limit)
            value = msgspec.convert(answer, expected, from_attributes=False)
        except TooLate as error:
            problem = str(error)
        except msgspec.ValidationError as error:
            problem = f"answered something else than expected: {error}"
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the place where plugins are isolated
            problem = f"{type(error).__name__}: {error}"
        ended = time.perf_counter()
        self.note(plugin_id, capability, ended - started, problem)
        if problem and capability in _BREAKING:
            self._breakers[circuit] = breaker.failed(ended)
        elif breaker is not WELL and not problem:
            self._breakers.pop(circuit, None)
        return Outcome(plugin_id=plugin_id, value=value, problem=problem)

    def note(self, plugin_id: str, capability: str, seconds: float, problem: str = "") -> None:
        """Counts a call, how long it took, and what went wrong."""
        outcome = "failed" if problem else "answered"
        _series(plugin_id, capability, outcome).observe(seconds)
        tally = self.tallies.setdefault((plugin_id, capability), Tally())
        tally.calls += 1
        tally.seconds += seconds
        if problem:
            tally.failures, tally.last_problem = tally.failures + 1, problem
            log.warning(
                "plugin call failed", plugin=plugin_id, capability=capability, problem=problem
            )

    def open_circuits(self) -> list[tuple[str, str, UUID | None]]:
        """The plugins that are left alone now, with the capability and the structure."""
        now = time.perf_counter()
        return [circuit for circuit, breaker in self._breakers.items() if not breaker.allows(now)]

    async def stream(
        self,
        plugin_id: str,
        capability: str,
        call: Callable[[], AsyncIterator[Any]],
        expected: Any,
        *,
        timeout_seconds: float,
    ) -> Outcome[AsyncIterator[Any]]:
        """What a plugin writes piece by piece, each of the `expected` type, all within the time limit.

        The first piece is there when this answers; a failure later raises `PluginError` in the middle.
        """
        pieces: asyncio.Queue[Any] = asyncio.Queue(1)

        async def write() -> None:
            async for piece in call():
                await at_home(partial(pieces.put, msgspec.convert(piece, expected)))

        async def ask() -> None:
            outcome = await self.ask(
                plugin_id, capability, write, None, timeout_seconds=timeout_seconds
            )
            with suppress(TimeoutError):  # nobody reads any more
                async with asyncio.timeout(timeout_seconds):
                    await pieces.put(outcome)

        writing = asyncio.create_task(ask())
        first = await pieces.get()
        if isinstance(first, Outcome) and not first.ok:
            return first
        return Outcome(plugin_id=plugin_id, value=_told(first, pieces, writing))

    def close(self) -> None:
        """Ends what runs apart."""
        self.apart.close()


async def _in_place(call: Callable[[], Any], limit_seconds: float) -> Any:
    """What our own code answers. The synchronous needs no time limit once it has answered."""
    answer = call()
    if not inspect.isawaitable(answer):
        return answer
    try:
        async with asyncio.timeout(limit_seconds):
            return await answer
    except TimeoutError as error:
        raise TooLate(f"no answer within {limit_seconds:g} s") from error


async def _told(
    first: Any, pieces: asyncio.Queue[Any], writing: asyncio.Task[None]
) -> AsyncIterator[Any]:
    """The pieces up to the outcome; who does not listen any more ends the writing."""
    try:
        piece = first
        while not isinstance(piece, Outcome):
            yield piece
            piece = await pieces.get()
        if not piece.ok:
            raise PluginError(piece.problem)
    finally:
        writing.cancel()
