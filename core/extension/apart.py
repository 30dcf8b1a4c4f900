"""Plugin code runs apart: on a thread and an event loop of the plugin's own, so that what blocks there holds nobody up but itself.

The first call of a plugin starts its thread. A call that the thread does not begin at once, because another one blocks it, moves to
a new thread. A call that is past its time limit and cannot be cancelled is abandoned with its thread, which ends as soon as the
call does; a plugin that has left too many behind is not asked any more until one ends.
"""

import asyncio
import contextvars
import ctypes
import inspect
import threading
import weakref
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import structlog

from core.extension.errands import Errand, present

log = structlog.get_logger("somobilite.plugins")
MOST_LATE = 2
"""Threads that one plugin may leave behind with a call that does not end."""
_BEGIN_SECONDS = 0.05
"""Within which a call begins, or moves to another thread."""
_HEAR_SECONDS = 0.1
"""Within which a thread that is not blocked learns that a call is cancelled."""
_CLEAN_UP_SECONDS = 1.0
"""What a cancelled call has to end: as long as its thread hears of it at all."""
_LOOK_SECONDS = 1.0
_INSIST_SECONDS = 0.5


class TooLate(Exception):
    """No answer within the time limit."""


class Apart:
    """The threads of the plugins of one application, with which they end. `around` is entered around each call, in its own context."""

    def __init__(self, around: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        self._around = around
        self._present: dict[str, _Thread] = {}
        self._left: dict[str, list[_Thread]] = {}
        weakref.finalize(self, _stop, self._present, self._left)

    async def run(self, plugin_id: str, call: Callable[[], Any], limit_seconds: float) -> Any:
        """What the call gives, awaited when it must be, in a copy of the present context. Raises what it raises, `TooLate`, or
        `RuntimeError` when the plugin cannot be asked, or did what would end the program.
        """
        errand = Errand()
        job = _Job(errand, call, self._around)
        self._send(plugin_id, job)
        try:
            async with asyncio.timeout(limit_seconds):
                await errand.serve()
        except (TimeoutError, asyncio.CancelledError) as error:
            await _end(job)
            if isinstance(error, TimeoutError):
                raise TooLate(f"no answer within {limit_seconds:g} s") from error
            raise
        finally:
            job.moving.cancel()
            await errand.close()
        return job.result()

    def close(self) -> None:
        """Ends the threads; what runs there is cancelled."""
        _stop(self._present, self._left)

    def _send(self, plugin_id: str, job: "_Job") -> None:
        """Gives the call to the plugin's thread, a new one if need be."""
        thread = self._present.get(plugin_id)
        if thread is None or thread.leaving or thread.home is not job.errand.home:
            left = [one for one in self._left.get(plugin_id, ()) if one.is_alive()]
            self._left[plugin_id] = left
            if thread is not None:
                thread.leave()
                left.append(thread)
            if sum(one.is_late for one in left) >= MOST_LATE:
                self._present.pop(plugin_id, None)
                raise RuntimeError("still busy with earlier calls")
            thread = self._present[plugin_id] = _Thread(plugin_id, job.errand.home)
        thread.begin(job)
        job.moving = job.errand.home.call_later(_BEGIN_SECONDS, self._move, plugin_id, job)

    def _move(self, plugin_id: str, job: "_Job") -> None:
        """Takes a call that did not begin to another thread."""
        if not job.withdraw():
            return
        job.thread.leave()
        try:
            self._send(plugin_id, job)
        except RuntimeError as error:
            job.error = error
            job.errand.dismiss()


def _stop(present: "dict[str, _Thread]", left: "dict[str, list[_Thread]]") -> None:
    threads = [*present.values(), *(one for several in left.values() for one in several)]
    present.clear()
    left.clear()
    for thread in threads:
        thread.stop()


async def _end(job: "_Job") -> None:
    """Cancels a call and gives it a moment to clean up; then its thread is left to it."""
    if job.withdraw():
        return
    job.cancel()
    deaf = job.errand.home.call_later(
        _HEAR_SECONDS, lambda: None if job.heard else job.errand.dismiss()
    )
    try:
        async with asyncio.timeout(_CLEAN_UP_SECONDS):
            await job.errand.serve()
    except TimeoutError:
        pass
    finally:
        deaf.cancel()
        if not job.ended:
            job.is_late = True
            job.thread.leave()
            if not job.heard:
                job.thread.interrupt()


class _Job:
    """One call, from the side of the thread that runs it."""

    thread: "_Thread"
    moving: asyncio.TimerHandle

    def __init__(
        self,
        errand: Errand,
        call: Callable[[], Any],
        around: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self.errand = errand
        self.error: BaseException | None = None
        self.ended = self.heard = self.is_late = False
        self._call, self._around = call, around
        self._answer: Any = None
        self._context = contextvars.copy_context()
        self._context.run(present.set, errand)
        self._ticket = threading.Lock()

    def withdraw(self) -> bool:
        """Whether the call did not begin yet; then it will not, unless it is given to a thread anew."""
        return self._ticket.acquire(blocking=False)

    def given(self, thread: "_Thread") -> Callable[[], None]:
        """What the thread does to begin."""
        self.thread, ticket = thread, threading.Lock()
        self._ticket = ticket

        def begin() -> None:
            if ticket.acquire(blocking=False):
                self.errand.runner = thread.loop.create_task(self._work(), context=self._context)
                self.errand.runner.add_done_callback(self._end)
            else:
                thread.done(self)

        return begin

    def cancel(self) -> None:
        """Ends the call, as soon as its thread hears of it."""
        with suppress(RuntimeError):  # the loop is closed: it ended
            self.thread.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self.heard = True
        if self.errand.runner is not None:
            self.errand.runner.cancel()

    def result(self) -> Any:
        """What the call gave. Raises what it raised."""
        if self.error is None:
            return self._answer
        if isinstance(self.error, Exception):
            raise self.error
        if isinstance(self.error, asyncio.CancelledError):
            raise RuntimeError("cancelled itself") from self.error  # noqa: TRY004 - not a matter of types
        raise RuntimeError(f"tried to end the program: {self.error!r}") from self.error

    async def _work(self) -> None:
        try:
            with self._around():
                answer = self._call()
                self._answer = await answer if inspect.isawaitable(answer) else answer
        except BaseException as error:  # noqa: BLE001 - raised again by who asked
            self.error = error

    def _end(self, task: asyncio.Task[Any]) -> None:
        """What the call started and did not wait for ends with it."""
        self.ended = True
        for left in self.errand.tasks - {task}:
            left.cancel()
        if task.cancelled():
            self.error = asyncio.CancelledError()
        self.thread.done(self)
        with suppress(RuntimeError):  # the server's loop was closed meanwhile
            self.errand.home.call_soon_threadsafe(self.errand.dismiss)


class _Thread:
    """A thread with a loop, for one plugin. `home` is the loop of the server, with which it ends."""

    def __init__(self, plugin_id: str, home: asyncio.AbstractEventLoop) -> None:
        self.home = home
        self.leaving = False
        self.loop = asyncio.new_event_loop()
        self.loop.set_task_factory(_task)
        self._jobs: set[_Job] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._live, name=f"plugin-{plugin_id}", daemon=True)
        self._thread.start()

    @property
    def is_late(self) -> bool:
        """Whether a call is past its limit here."""
        return any(job.is_late for job in tuple(self._jobs))

    def is_alive(self) -> bool:
        """Whether it did not end yet."""
        return self._thread.is_alive()

    def begin(self, job: _Job) -> None:
        """One call more. Never once it leaves."""
        self._jobs.add(job)
        self._soon(job.given(self))

    def done(self, job: _Job) -> None:
        """One call less. On this thread."""
        self._jobs.discard(job)
        self._stop_if_left()

    def leave(self) -> None:
        """Ends as soon as the calls that it has do."""
        if not self.leaving:
            self.leaving = True
            self._soon(self._stop_if_left)

    def stop(self) -> None:
        """Ends as soon as it hears of it."""
        self.leaving = True
        self._soon(self._stop)

    def interrupt(self) -> None:
        """Raises in code that never returns to its loop; what waits in the operating system hears of it when it wakes."""
        log.warning("a plugin's thread does not answer", thread=self._thread.name)
        self._interrupt()

    def _interrupt(self) -> None:
        """Again and again: code that catches everything, or another call, may have taken the last one."""
        if not self.is_late or not self.is_alive():
            return
        self.home.call_later(_INSIST_SECONDS, self._interrupt)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(_Interrupted)
        )

    def _soon(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # it ended
            self.loop.call_soon_threadsafe(work)

    def _stop_if_left(self) -> None:
        if self.leaving and not self._jobs:
            self._stop()

    def _stop(self) -> None:
        self._stopped = True
        self.loop.stop()

    def _look(self) -> None:
        """A server whose loop was closed without a word has nothing more to ask."""
        if self.home.is_closed():
            self._stop()
        self.loop.call_later(_LOOK_SECONDS, self._look)

    def _live(self) -> None:
        self.loop.call_soon(self._look)
        with suppress(_Interrupted):  # once more, while it ended
            self._run()
        self.loop.close()

    def _run(self) -> None:
        while not self._stopped:
            try:
                self.loop.run_forever()
            except _Interrupted:  # it may have hit the loop itself: what still runs there ends too
                break
            except BaseException as error:  # noqa: BLE001 - a task of the plugin's wanted to end the program
                log.warning("out of a plugin's loop", thread=self._thread.name, problem=repr(error))
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        with suppress(BaseException):
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=_CLEAN_UP_SECONDS))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())


class _Interrupted(BaseException):
    """Raised in a thread that was left behind."""


def _task(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    **options: Any,
) -> asyncio.Task[Any]:
    """A task that is known to the call it belongs to."""
    task = asyncio.Task(coro, loop=loop, **options)
    context = options.get("context")
    errand = context.get(present) if context is not None else present.get()
    if errand is not None:
        errand.tasks.add(task)
        task.add_done_callback(errand.tasks.discard)
    return task
