"""Asking a plugin about supply, in the transaction of the change that caused it: behind a savepoint, and once for a whole team.

What fails is an `Outcome` without a value; the policies of failure are `core.agenda.supply`'s.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.contracts.agenda import BusyAnswer, BusyTime, OpenTime
from core.extension.board import Owned
from core.extension.dispatch import Outcome
from core.platform import Platform

# Ours only wait for the database: a busy machine must not hide everyone.
_OUR_PATIENCE_SECONDS = 30.0
_LONGEST = timedelta(hours=25)  # a day on which clocks go back


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of whom. `about` tells it from the other questions of a refresh; `expected` is the type of the answer."""

    owned: Owned[Any]
    capability: str
    expected: Any
    about: Hashable


class Asking:
    """The questions of one refresh. What is answered about a team is kept until the refresh is over."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._answers: dict[Hashable, Outcome[Any]] = {}

    async def once(self, question: Question, call: Callable[[], Awaitable[Any]]) -> Outcome[Any]:
        """The answer to a question that is the same for everyone."""
        key = (question.capability, question.owned.plugin_id, question.about)
        if key not in self._answers:
            self._answers[key] = await self.apart(question, call)
        return self._answers[key]

    async def together(
        self,
        question: Question,
        call: Callable[[Sequence[UUID]], Awaitable[Any]],
        advisor_id: UUID,
        team: Sequence[UUID],
    ) -> Outcome[Any]:
        """The answer about all of a team, asked for once; where that fails, about this advisor alone, so that one whose calendar is
        broken is nobody else's trouble.
        """
        if len(team) > 1:
            outcome = await self.once(question, partial(call, team))
            if outcome.ok:
                return outcome
        return await self.apart(question, partial(call, [advisor_id]))

    async def apart(self, question: Question, call: Callable[[], Awaitable[Any]]) -> Outcome[Any]:
        """The answer now. What a plugin that fails did to the database is taken back."""
        owned = question.owned
        outcome: Outcome[Any] = Outcome(plugin_id=owned.plugin_id, problem="not asked")
        try:
            async with self._platform.db.atomic():
                outcome = await self._platform.dispatch.ask(
                    owned.plugin_id,
                    question.capability,
                    call,
                    question.expected,
                    timeout_seconds=_OUR_PATIENCE_SECONDS if owned.plugin_id == "core" else None,
                )
                if not outcome.ok:
                    raise _Undo
                await self._platform.db.execute("SELECT 1")  # a statement that failed is told here
        except _Undo:
            return outcome
        except asyncpg.InFailedSQLTransactionError as error:
            return Outcome(plugin_id=owned.plugin_id, problem=f"hid a failed statement: {error}")
        return outcome


class _Undo(Exception):
    """Takes the savepoint of a failed plugin back."""


async def checked_busy(call: Callable[[], Awaitable[BusyAnswer]]) -> BusyAnswer:
    """The answer of a busy source, each stretch checked."""
    answer = await call()
    return msgspec.structs.replace(answer, busy=[_checked(BusyTime, one) for one in answer.busy])


async def checked_open(call: Callable[[], Awaitable[Sequence[OpenTime]]]) -> list[OpenTime]:
    """The answer of a slot provider, each stretch checked. Raises `ValueError` for one that is longer than a day."""
    stretches = [_checked(OpenTime, one) for one in await call()]
    for one in stretches:
        if one.ends_at - one.starts_at > _LONGEST:
            raise ValueError(f"open for more than 25 hours: {one.starts_at} to {one.ends_at}")
    return stretches


def _checked(kind: type[Any], one: Any) -> Any:
    """The same, its fields checked: a Struct that Python code made may hold anything."""
    return msgspec.convert(msgspec.structs.asdict(one), kind)
