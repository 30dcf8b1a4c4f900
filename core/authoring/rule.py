"""What a rule is: a level, a reason, and a function that finds what is not so."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from core.authoring.subject import Subject

Level = Literal["bronze", "silver", "gold"]
LEVELS: tuple[Level, ...] = ("bronze", "silver", "gold")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a good plugin does. `find` yields what is not so and how to mend it; nothing when all is well."""

    id: str
    level: Level
    title: str
    reason: str
    find: Callable[[Subject], Iterable[str]]

    @property
    def link(self) -> str:
        """Where it is explained."""
        return f"docs/levels.md#{self.id}"
