"""Convoys: calls that come while the database is busy with earlier ones leave together, in its next statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_MOST = 32
_GATHERING = 0.002  # seconds that a load waits for others, once there was company
_PATIENCE = (
    0.02  # seconds that a load may hold up the next one: it may be waiting for somebody's lock
)


class _Load(Generic[Asked, Answer]):
    """Calls that leave together; `answers` come in the same order."""

    __slots__ = ("answers", "asked")

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: asyncio.Task[Sequence[Answer]] | None = None


class Convoy(Generic[Asked, Answer]):
    """Gives `carry` several calls at once: who comes alone never waits for company, who has to wait leaves in company.

    `carry` answers every call, in their order, or refuses all of them and leaves no trace.
    """

    def __init__(self, carry: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self._carry = carry
        self._road = asyncio.Lock()
        self._company = False
        self._load: _Load[Asked, Answer] = _Load()

    async def ask(self, call: Asked) -> Answer:
        """The answer to one call. When the database refuses a load, each call goes again alone, and has an error of its own.

        A caller who is cancelled leaves its call in the load.
        """
        load = self._load
        if len(load.asked) >= _MOST:
            load = self._load = _Load()
        if load.answers is None:
            load.answers = asyncio.create_task(self._leave(load))
        place = len(load.asked)
        load.asked.append(call)
        try:
            return (await asyncio.shield(load.answers))[place]
        except asyncpg.PostgresError:
            if len(load.asked) == 1:
                raise
            return (await self._carry([call]))[0]

    async def _leave(self, load: _Load[Asked, Answer]) -> Sequence[Answer]:
        async with self._road:
            if self._company:
                await asyncio.sleep(_GATHERING)
            self._company = len(load.asked) > 1
            if self._load is load:
                self._load = _Load()
            carried = asyncio.ensure_future(self._carry(load.asked))
            await asyncio.wait({carried}, timeout=_PATIENCE)
        return await carried
