"""What every contract stands on: the moment, a context without a platform, limits of time, a watch over the event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, ClassVar, NoReturn, TypeVar, cast

import msgspec
from hypothesis import HealthCheck
from hypothesis import settings as effort

from core.contracts.context import OutboundError, PluginContext, Services

T = TypeVar("T")
TODAY = date(2027, 1, 25)
LIMIT_SECONDS = 1.2
"""How long the platform waits for a plugin's answer."""
LOOP_SECONDS = 0.05
"""How long a plugin may keep the event loop, that is everybody else, from going on."""
_TRIES = 3

# The same contract is run by every subclass, so no database of examples is shared between them; and one database of the
# platform serves every example of a test: a contract writes what does no harm twice.
EFFORT = effort(
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.differing_executors,
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


class Contract:
    """A contract for one capability. `factory` makes the object, afresh at each call; `settings` are the plugin's."""

    factory: ClassVar[Callable[[], Any]]
    settings: ClassVar[Any] = None

    @classmethod
    def make(cls) -> Any:
        """A new object. Raises `AssertionError` when the contract was not told how to make one."""
        assert hasattr(cls, "factory"), f"{cls.__name__}: say `factory = YourClass`"
        return cls.factory()

    @classmethod
    def each(cls) -> list[Any]:
        """What `factory` makes, where it may make one or, as a hook does, a list. Raises `AssertionError` when that is empty."""
        made = cls.make()
        found = list(made) if isinstance(made, (list, tuple)) else [made]
        assert found, f"{cls.__name__}: the factory gives nothing to hold"
        return found


def context(settings: Any = None, locale: str = "fr") -> PluginContext:
    """A context without a platform behind it: what is pure needs none."""
    return PluginContext(
        structure=None,
        settings=settings,
        now=datetime(2027, 1, 25, 7, tzinfo=UTC),
        services=cast("Services", None),
        locale=locale,
    )


async def answer(call: Callable[[], Awaitable[T]], expected: Any, what: str) -> T:
    """What the call answers, of the `expected` type, within the limit and without holding the event loop.

    Raises `AssertionError` saying which of the three was not so. A machine that is busy with something else may hold the
    loop too, so only what holds it every time is the plugin's doing.
    """
    held = []
    for _ in range(_TRIES):
        found, longest = await _watched(call, what)
        held.append(longest)
        if longest <= LOOP_SECONDS:
            break
    assert min(held) <= LOOP_SECONDS, (
        f"{what} holds the event loop for {1000 * min(held):.0f} ms (at most {1000 * LOOP_SECONDS:.0f}): "
        "await instead of blocking, or use asyncio.to_thread"
    )
    checked: T = typed(found, expected, what)
    return checked


def typed(found: Any, expected: Any, what: str) -> Any:
    """The answer, when it is of the expected type; the platform checks the same."""
    try:
        return msgspec.convert(found, expected, from_attributes=False)
    except msgspec.ValidationError as error:
        raise AssertionError(f"{what} answered something else than expected: {error}") from error


def quickly(call: Callable[[], T], seconds: float, what: str) -> T:
    """What a synchronous call answers, the best of a few tries within `seconds`."""
    took = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        found = call()
        took.append(time.perf_counter() - started)
        if took[-1] <= seconds:
            return found
    raise AssertionError(
        f"{what} took {1000 * min(took):.0f} ms; it has {1000 * seconds:.0f} ms: people wait for it"
    )


async def _watched(call: Callable[[], Awaitable[T]], what: str) -> tuple[T, float]:
    """The answer, and the longest time during which nothing else could run."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - started)

    watch = asyncio.create_task(beat())
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            found = await call()
        await asyncio.sleep(0)
    except TimeoutError:
        raise AssertionError(
            f"{what} gave no answer within {LIMIT_SECONDS} s: the platform would go on without it"
        ) from None
    finally:
        watch.cancel()
    return found, longest


class CutOff:
    """The services of the platform, with the network gone: every outbound request fails."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    async def fetch(self, url: str, **options: Any) -> NoReturn:
        """Fails, as a server that is down does."""
        raise OutboundError("Ce serveur ne répond pas.")

    async def request(self, method: str, url: str, **options: Any) -> NoReturn:
        """Fails, as a server that is down does."""
        raise OutboundError("Ce serveur ne répond pas.")


def cut_off(told: PluginContext) -> PluginContext:
    """The same context, without a network."""
    return msgspec.structs.replace(told, services=cast("Services", CutOff(told.services)))
