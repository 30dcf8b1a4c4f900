"""The one place that calls plugins: a time limit, a broad except, a typed outcome.

A plugin that raises, hangs or returns nonsense is an outcome with a reason; what to do with it is the caller's policy
(DESIGN section 5). `asyncio.CancelledError` passes through: a cancelled request stays cancelled.
"""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from prometheus_client import Histogram

log = structlog.get_logger("somobilite.plugins")
T = TypeVar("T")

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
            async with asyncio.timeout(timeout_seconds or self.timeout_seconds):
                answer = call()
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
