"""A plugin that is slow to start keeps nobody from starting: its import and its hooks have a time limit."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from core.errors import PluginError

T = TypeVar("T")
START_SECONDS = 10.0


def in_time(work: Callable[[], T]) -> T:
    """What the work gives, on a thread that is left behind when it takes too long. Raises what it raises, or `PluginError`."""
    found: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run, name="plugin-start", daemon=True)
    thread.start()
    thread.join(START_SECONDS)
    if thread.is_alive():
        raise PluginError(
            f"did not start within {START_SECONDS:g} s: its import and its hooks only register; work is done in a job"
        )
    for error in errors:
        raise error
    return found[0]


def answers_of(implementations: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each hook returns, by its name."""
    return {name: implementation() for name, implementation in implementations.items()}
