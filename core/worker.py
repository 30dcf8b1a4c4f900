"""The worker: delivers events and notices, runs the jobs. Any number may run; leases decide who does what.

APScheduler only ticks. The outbox is also woken by NOTIFY, so that a confirmation leaves at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.agenda import service as agenda
from core.booking.referrals import release_unanswered
from core.catalogue.editing.links import check_links
from core.contracts.surfaces import JobSpec
from core.demand.serving import serve
from core.extension import events, reactions
from core.extension.board import Owned
from core.extension.stored import leave_out_unmigrated
from core.network.partners import reconcile
from core.network.standing import renew
from core.notices import service as notices
from core.platform import Platform
from core.privacy.retention import retain
from core.storage.jobs import Job, run_if_due
from core.storage.outbox import CHANNEL

log = structlog.get_logger("somobilite.worker")
_BEAT = timedelta(seconds=10)
_POLL = timedelta(seconds=2)


class Worker:
    """The background half of the platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._stopped = asyncio.Event()
        self._listener: asyncpg.Connection | None = None

    async def start(self) -> None:
        """Starts ticking; the first tick is at once."""
        for job in self.jobs():
            self._scheduler.add_job(
                self._tick,
                "interval",
                args=[job],
                seconds=min(job.every, _BEAT).total_seconds(),
                id=job.key,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._spawn(self._deliver_forever())
        self._spawn(self._listen())
        self._spawn(self._follow_configuration())
        for job in self.jobs():
            self._spawn(self._run(job))

    async def stop(self) -> None:
        """Stops ticking and lets what runs finish, ten seconds at most."""
        self._stopping = True
        self._stopped.set()
        self._wake.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=10)
            for task in late:
                task.cancel()
        if self._listener is not None:
            with suppress(Exception):
                await self._listener.close(timeout=2)

    def jobs(self) -> Sequence[Job]:
        """The core's jobs and the plugins'."""
        platform = self._platform
        core = [
            Job(
                key="core:roll_horizon",
                every=timedelta(hours=6),
                run=lambda: agenda.refresh_all(platform),
            ),
            Job(
                key="core:retry_supply",
                every=timedelta(minutes=5),
                run=lambda: agenda.refresh_troubled(platform),
            ),
            Job(
                key="core:plan_notices",
                every=timedelta(seconds=60),
                run=lambda: notices.plan_all(platform),
            ),
            Job(
                key="core:serve_demands",
                every=timedelta(seconds=10),
                run=lambda: serve(platform),
            ),
            Job(
                key="core:release_unanswered",
                every=timedelta(minutes=5),
                run=lambda: release_unanswered(platform),
            ),
            Job(
                key="core:retention",
                every=timedelta(hours=24),
                run=lambda: retain(platform),
            ),
            Job(
                key="core:renew_agreements",
                every=timedelta(hours=12),
                run=lambda: renew(platform),
            ),
            Job(
                key="core:partners",
                every=timedelta(hours=24),
                timeout=timedelta(minutes=10),
                run=lambda: reconcile(platform),
            ),
            Job(
                key="core:check_links",
                every=timedelta(hours=1),
                timeout=timedelta(minutes=10),
                run=lambda: _check_links(platform),
            ),
            Job(key="core:tidy", every=timedelta(hours=1), run=lambda: tidy(platform)),
        ]
        return [*core, *(self._plugin_job(owned) for owned in platform.board.jobs)]

    def _plugin_job(self, owned: Owned[JobSpec]) -> Job:
        spec = owned.item
        return Job(
            key=spec.key,
            every=spec.every,
            timeout=spec.timeout,
            run=lambda: self._run_for_plugin(owned),
        )

    async def _run_for_plugin(self, owned: Owned[JobSpec]) -> None:
        """Once for the region, or once for each structure where the plugin is on; each apart."""
        platform, spec = self._platform, owned.item
        snapshot = await platform.plugins.current()
        on_in = [ref.id for ref in snapshot.structures_with(owned.plugin_id)]
        targets: list[UUID | None] = [*on_in] if spec.scope == "structure" else [None] * bool(on_in)
        for structure_id in targets:
            context = platform.context(owned.plugin_id, snapshot, structure_id)
            await platform.dispatch.ask(
                owned.plugin_id,
                "job",
                partial(spec.run, context),
                None,
                timeout_seconds=spec.timeout.total_seconds(),
            )

    def _spawn(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception:
                log.exception("background work failed")

        task = asyncio.create_task(guarded())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tick(self, job: Job) -> None:
        """Called by APScheduler; the work itself is a task of ours, which a shutdown lets finish."""
        if not self._stopping:
            self._spawn(self._run(job))

    async def _run(self, job: Job) -> None:
        with self._platform.db.bound():
            await run_if_due(self._platform.db, job)

    async def _follow_configuration(self) -> None:
        """Once in the life of a process, when its turn comes: it may have been started with other settings than the last."""
        platform = self._platform
        job = Job(
            key="core:follow_configuration",
            every=timedelta(0),
            timeout=timedelta(minutes=10),
            run=lambda: agenda.follow_configuration(platform),
        )
        with platform.db.bound():
            while not self._stopping and not await run_if_due(platform.db, job):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), _BEAT.total_seconds())

    async def _deliver_forever(self) -> None:
        """Turned switches, events, then notices, until nothing is left; then waits for a wake-up or the next beat."""
        with self._platform.db.bound():
            while not self._stopping:
                busy = await self._attempt(reactions.tell, events.deliver_due, notices.deliver_due)
                if not busy:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), _POLL.total_seconds())
                    self._wake.clear()

    async def _attempt(self, *deliveries: Callable[[Platform], Awaitable[int]]) -> bool:
        done = 0
        for deliver in deliveries:
            try:
                done += await deliver(self._platform)
            except Exception:  # a database that is away comes back
                log.exception("delivery failed")
                return False
        return done > 0

    async def _listen(self) -> None:
        """A connection of its own for NOTIFY; without it the beat is enough."""
        connection = await asyncpg.connect(self._platform.db.url)
        await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
        self._listener = connection


async def _check_links(platform: Platform) -> None:
    """A demonstration asks nobody anything."""
    if not platform.settings.demo:
        await check_links(platform)


async def tidy(platform: Platform) -> None:
    """Removes what has served: old holds, closed demands, old digests, expired sessions, counts, delivered events."""
    database = platform.db
    await database.execute("DELETE FROM hold WHERE expires_at < now() - interval '2 days'")
    await database.execute("DELETE FROM demand WHERE closed_at < now() - interval '90 days'")
    await database.execute(
        "DELETE FROM receipt WHERE account IS NOT NULL AND created_at < now() - interval '180 days'"
    )
    for table in ("session", "account_sign_in", "account_enrolment", "account_device"):
        await database.execute(f"DELETE FROM {table} WHERE expires_at < now()")  # noqa: S608 - names of ours
    await database.execute("DELETE FROM rate_count WHERE window_start < now() - interval '2 days'")
    await database.execute(
        "DELETE FROM outbox_event e WHERE created_at < now() - interval '30 days' AND NOT EXISTS"
        " (SELECT 1 FROM outbox_delivery d WHERE d.event = e.id AND d.state <> 'done')"
    )


async def run_worker(platform: Platform, stop: asyncio.Event) -> None:
    """`somobilite worker`: works until told to stop."""
    await platform.db.open()
    await leave_out_unmigrated(platform)
    worker = Worker(platform)
    try:
        await worker.start()
        log.info("worker started", jobs=[job.key for job in worker.jobs()])
        await stop.wait()
    finally:
        await worker.stop()
        platform.dispatch.close()
        await platform.db.close()
