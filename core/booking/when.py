"""When one could come: a part of the day, from a day on. What narrows a search in time, apart from the terms of booking."""

from datetime import datetime
from typing import Literal

import msgspec

Part = Literal["morning", "afternoon", "evening"]
PARTS: dict[Part, tuple[int, int]] = {
    "morning": (0, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
}
"""Each part as hours on the wall, the last one excluded."""


class When(msgspec.Struct, frozen=True, kw_only=True):
    """Starts in this part of the day (any, when none is said) and not before this instant."""

    part: Part | None = None
    since: datetime | None = None

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return self.part is not None or self.since is not None


ANY_TIME = When()


def narrow(when: When, arguments: list[object]) -> str:
    """The condition on a slot `s`, to add to a query whose `$4` is the time zone; its own values go after the `arguments`.

    Nothing where nothing is narrowed. The hour is asked inside CASE: the planner would take it for one slot in two hundred.
    """
    sql = ""
    if when.since is not None:
        arguments.append(when.since)
        sql += f" AND s.starts_at >= ${len(arguments)}::timestamptz"
    if when.part is not None:
        first, end = PARTS[when.part]
        arguments += [first, end - 1]
        hour = "extract(hour FROM s.starts_at AT TIME ZONE $4::text)"
        between = f"BETWEEN ${len(arguments) - 1}::int AND ${len(arguments)}::int"
        sql += f" AND CASE WHEN {hour} {between} THEN true ELSE false END"
    return sql
