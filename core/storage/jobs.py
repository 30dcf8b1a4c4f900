"""Jobs on a beat: APScheduler ticks in every worker, a lease in the database decides who runs.

`token` fences a worker that overran its lease: its end is not recorded, so the run counts as the other's.
"""

import os
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import structlog

from core.storage.engine import Database

log = structlog.get_logger("somobilite.jobs")
_OWNER = f"{socket.gethostname()}:{os.getpid()}"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work that must run once per beat in the whole platform. `run` must be safe to run again after a crash."""

    key: str
    every: timedelta
    run: Callable[[], Awaitable[object]]
    timeout: timedelta = timedelta(minutes=5)


async def run_if_due(database: Database, job: Job) -> bool:
    """Runs the job when it is due and nobody holds it; whether it ran."""
    token = await _claim(database, job)
    if token is None:
        return False
    problem = ""
    try:
        await job.run()
    except Exception as error:  # a failing job must not stop the beat
        log.exception("job failed", job=job.key)
        problem = f"{type(error).__name__}: {error}"[:500]
    await database.execute(
        "UPDATE job SET due_at = now() + $3, lease_until = NULL, finished_at = now(), problem = $4"
        " WHERE key = $1 AND token = $2",
        job.key,
        token,
        job.every,
        problem,
    )
    return True


async def _claim(database: Database, job: Job) -> int | None:
    await database.execute(
        "INSERT INTO job (key, due_at) VALUES ($1, now()) ON CONFLICT DO NOTHING", job.key
    )
    token: int | None = await database.fetch_value(
        "UPDATE job SET lease_until = now() + $2, owner = $3, token = token + 1, started_at = now()"
        " WHERE key = (SELECT key FROM job WHERE key = $1 AND due_at <= now()"
        "  AND (lease_until IS NULL OR lease_until < now()) FOR UPDATE SKIP LOCKED) RETURNING token",
        job.key,
        job.timeout + timedelta(seconds=30),
        _OWNER,
    )
    return token
