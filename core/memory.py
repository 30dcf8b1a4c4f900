"""A short memory: what was worked out a moment ago, for readers who may see it that old.

The public pages show the same free slots to everyone; nothing is decided on them, for a booking looks again under its
locks. So a process works each answer out once, and shows it for `seconds`; then the first who asks has it worked out again, and
nobody waits: the old answer serves meanwhile, as long again at most. What this process itself writes is never hidden from
it: after a write, everything is worked out again. An answer that turns out as it was stays the same object: what is made of it
(`latest`) need not be made again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 4096


class _Answer:
    """An answer, known or being worked out after so many `writes`: fresh `until` then. The one `before` serves meanwhile, until it
    is too old as well.
    """

    __slots__ = ("before", "task", "until", "writes")

    def __init__(
        self, task: asyncio.Task[Any], until: float, writes: int, before: "_Answer | None" = None
    ) -> None:
        self.task = task
        self.until = until
        self.writes = writes
        self.before = before

    @property
    def is_known(self) -> bool:
        """Whether there is an answer: it neither failed nor is it being worked out."""
        task = self.task
        return task.done() and not task.cancelled() and task.exception() is None

    def is_over(self, now: float) -> bool:
        """Whether it must be worked out again: it failed, or it is known and no longer fresh."""
        return self.task.done() and (now >= self.until or not self.is_known)

    def alone(self) -> "_Answer | None":
        """Itself without the one before it; None when there is no answer."""
        return _Answer(self.task, self.until, self.writes) if self.is_known else None


class Memory:
    """Answers by key. Zero seconds: nothing is kept, every reader works it out."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._answers: dict[Hashable, _Answer] = {}
        self._lasting: dict[Hashable, Any] = {}
        self._latest: dict[Hashable, tuple[object, Any]] = {}
        self._writes = 0

    async def get(self, key: Hashable, work_out: Callable[[], Awaitable[T]]) -> T:
        """The answer of `key`; those who ask while the first is worked out wait for the same one. A failure is not kept."""
        if self.seconds <= 0:
            return await work_out()
        now = time.monotonic()
        known = self._answers.get(key)
        if known is None or known.writes != self._writes or known.is_over(now):
            if len(self._answers) >= _MOST:
                self._answers.clear()
            before = known.alone() if known is not None else None
            task = asyncio.create_task(_run(work_out, before))
            known = _Answer(task, now + self.seconds, self._writes, before)
            self._answers[key] = known
        serving, before = known, known.before
        if (
            not known.task.done()
            and before is not None
            and before.writes == self._writes
            and now < before.until + self.seconds
        ):
            serving = before
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
        self, key: Hashable, revision: object, work_out: Callable[[], Awaitable[T]]
    ) -> T:
        """The answer of `key` at a revision, exact whatever `seconds`. The next revision takes its place."""
        known = self._latest.get(key)
        if known is None or known[0] != revision:
            if len(self._latest) >= _MOST:
                self._latest.clear()
            known = self._latest[key] = (revision, await work_out())
        answer: T = known[1]
        return answer

    def forget(self) -> None:
        """Something was written: whoever asks from now on sees it."""
        self._writes += 1


async def _run(work_out: Callable[[], Awaitable[T]], before: _Answer | None) -> T:
    answer = await work_out()
    if before is not None and (was := before.task.result()) == answer:
        same: T = was
        return same
    return answer
