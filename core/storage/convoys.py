"""Convoys: calls that come while the database is busy with earlier ones leave together, in its next statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_MOST = 32
_GATHERING = 0.008  # seconds that a load waits at most for as many as left with the one before
_PATIENCE = (
    0.02  # seconds that a load may hold up the next one: it may be waiting for somebody's lock
)


class _Load(Generic[Asked, Answer]):
    """Calls that leave together, each with the answer that its caller waits for."""

    __slots__ = ("answers", "asked", "full", "leaving")

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[asyncio.Future[Answer]] = []
        self.leaving: asyncio.Task[None] | None = None
        self.full: asyncio.Future[None] | None = None


class Convoy(Generic[Asked, Answer]):
    """Gives `carry` several calls at once: who comes alone never waits for company, who has to wait leaves in company.

    A load waits for as many as left with the one before it, for a moment: those who were answered together come again together.
    `carry` answers every call, in their order, or refuses all of them and leaves no trace.
    """

    def __init__(self, carry: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self._carry = carry
        self._road = asyncio.Lock()
        self._company = 1
        self._load: _Load[Asked, Answer] = _Load()

    async def ask(self, call: Asked) -> Answer:
        """The answer to one call. When the database refuses a load, each call goes again alone, and has an error of its own.

        A caller who is cancelled leaves its call in the load.
        """
        load = self._load
        if len(load.asked) >= _MOST:
            load = self._load = _Load()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        load.asked.append(call)
        load.answers.append(answer)
        if load.leaving is None:
            load.leaving = asyncio.create_task(self._leave(load))
        elif load.full and len(load.asked) == self._company:
            load.full.set_result(None)
        try:
            return await answer
        except asyncpg.PostgresError:
            if len(load.asked) == 1:
                raise
            return (await self._carry([call]))[0]

    async def _leave(self, load: _Load[Asked, Answer]) -> None:
        try:
            for waiting, answer in zip(load.answers, await self._travel(load), strict=True):
                if not waiting.done():
                    waiting.set_result(answer)
        except BaseException as error:
            for waiting in load.answers:
                if not waiting.done():
                    waiting.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def _travel(self, load: _Load[Asked, Answer]) -> Sequence[Answer]:
        async with self._road:
            if len(load.asked) < self._company:
                load.full = asyncio.get_running_loop().create_future()
                await asyncio.wait({load.full}, timeout=_GATHERING)
            self._company = len(load.asked)
            if self._load is load:
                self._load = _Load()
            carried = asyncio.ensure_future(self._carry(load.asked))
            await asyncio.wait({carried}, timeout=_PATIENCE)
        return await carried
