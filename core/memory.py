"""A short memory: what was worked out a moment ago, for readers who may see it that old.

The public pages show the same free slots to everyone; nothing is decided on them, for a booking looks again under its
locks. So a process works each answer out once, and shows it for `seconds`; then the first who asks has it worked out again, and
nobody waits: the old answer serves meanwhile, as long again at most. What this process itself writes is never hidden from
it: every write forgets everything.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 4096


class _Answer:
    """An answer, known or being worked out: fresh `until` then. The one `before` serves meanwhile, until it is too old as well."""

    __slots__ = ("before", "task", "until")

    def __init__(
        self, task: asyncio.Task[Any], until: float, before: "_Answer | None" = None
    ) -> None:
        self.task = task
        self.until = until
        self.before = before


class Memory:
    """Answers by key. Zero seconds: nothing is kept, every reader works it out."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._answers: dict[Hashable, _Answer] = {}
        self._lasting: dict[Hashable, Any] = {}
        self._latest: dict[Hashable, tuple[Hashable, Any]] = {}

    async def get(self, key: Hashable, work_out: Callable[[], Awaitable[T]]) -> T:
        """The answer of `key`; those who ask while the first is worked out wait for the same one. A failure is not kept."""
        if self.seconds <= 0:
            return await work_out()
        now = time.monotonic()
        known = self._answers.get(key)
        if known is None or _failed(known.task) or (known.task.done() and now >= known.until):
            if len(self._answers) >= _MOST:
                self._answers.clear()
            before = (
                None if known is None or _failed(known.task) else _Answer(known.task, known.until)
            )
            known = _Answer(asyncio.create_task(_run(work_out)), now + self.seconds, before)
            self._answers[key] = known
        serving = known
        if not known.task.done() and known.before and now < known.before.until + self.seconds:
            serving = known.before
        # Shielded: a reader who goes away must not take the answer from the others.
        answer: T = await asyncio.shield(serving.task)
        return answer

    async def reference(self, key: Hashable, work_out: Callable[[], Awaitable[T]]) -> T:
        """The answer of `key`, for good: what changes only with a release, such as the communes. A failure is not kept."""
        if self.seconds <= 0:
            return await work_out()
        if key not in self._lasting:
            if len(self._lasting) >= _MOST:
                self._lasting.clear()
            self._lasting[key] = await work_out()
        answer: T = self._lasting[key]
        return answer

    async def latest(
        self, key: Hashable, revision: Hashable, work_out: Callable[[], Awaitable[T]]
    ) -> T:
        """The answer of `key` at a revision, exact whatever `seconds`. The next revision takes its place."""
        known, answer = self._latest.get(key, (None, None))
        if answer is None or known != revision:
            answer = await work_out()
            self._latest[key] = (revision, answer)
        found: T = answer
        return found

    def forget(self) -> None:
        """Something was written: whoever asks from now on sees it."""
        self._answers.clear()


async def _run(work_out: Callable[[], Awaitable[T]]) -> T:
    return await work_out()


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
