"""What there is to do, box by box: read from the advisor's next steps, ticked by the youth through their link."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.errors import NotFound
from core.platform import Platform
from core.web.i18n import _


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One box: `key` names it for ever, as long as its sheet and its words stay."""

    key: str
    words: str


def tasks_of(programme_id: str, next_step: str) -> tuple[Task, ...]:
    """The boxes of one kept sheet: a line of the advisor's each; where they wrote none, to read the official site."""
    lines = list(dict.fromkeys(line.strip(" -•\t") for line in next_step.splitlines()))
    tasks = tuple(Task(key=f"{programme_id}:{_digest(line)}", words=line) for line in lines if line)
    if tasks:
        return tasks
    return (
        Task(key=f"{programme_id}:read", words=_("Lire le site officiel et noter vos questions.")),
    )


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:16]


async def list_ticked(platform: Platform, appointment_id: UUID) -> Mapping[str, datetime]:
    """When each ticked box was, by its key; some may have left the roadmap since."""
    rows = await platform.db.fetch(
        "SELECT task, ticked_at FROM roadmap_tick WHERE appointment = $1", appointment_id
    )
    return {row["task"]: row["ticked_at"] for row in rows}


async def tick(
    platform: Platform, appointment_id: UUID, tasks: Sequence[Task], key: str, *, done: bool
) -> None:
    """Ticks one of the boxes of a roadmap, or unticks it. Twice is once. Raises `NotFound` for a box that it does not have."""
    if key not in {task.key for task in tasks}:
        raise NotFound("no such box on this roadmap")
    if done:
        await platform.db.execute(
            "INSERT INTO roadmap_tick (appointment, task, ticked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            appointment_id,
            key,
            platform.clock.now(),
        )
    else:
        await platform.db.execute(
            "DELETE FROM roadmap_tick WHERE appointment = $1 AND task = $2", appointment_id, key
        )
