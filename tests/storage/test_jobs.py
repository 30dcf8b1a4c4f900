"""Jobs: one runner per beat in the whole platform, whoever dies or dawdles."""

import asyncio
from datetime import timedelta

from core.storage.jobs import Job, run_if_due


def job(run, **values):
    return Job(key="test:job", every=timedelta(hours=1), run=run, **values)


async def test_of_many_workers_at_one_beat_a_single_one_runs(database):
    runs = 0

    async def run():
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.05)

    ran = await asyncio.gather(*(run_if_due(database, job(run)) for _ in range(8)))
    assert (runs, sum(ran)) == (1, 1)
    assert not await run_if_due(database, job(run))


async def test_a_failing_job_is_noted_and_runs_again_at_the_next_beat(database):
    async def fails():
        raise OSError("disk full")

    assert await run_if_due(database, job(fails))
    row = await database.fetch_one("SELECT problem, lease_until FROM job")
    assert (row["problem"], row["lease_until"]) == ("OSError: disk full", None)
    await database.execute("UPDATE job SET due_at = now()")

    async def works():
        pass

    assert await run_if_due(database, job(works))
    assert await database.fetch_value("SELECT problem FROM job") == ""


async def test_the_job_of_a_dead_worker_is_taken_over_after_its_lease_and_not_before(database):
    runs = []

    async def run():
        runs.append(1)

    await database.execute(
        "INSERT INTO job (key, due_at, lease_until, token) VALUES ('test:job', now(), now() + interval '1 min', 7)"
    )
    assert not await run_if_due(database, job(run))
    await database.execute("UPDATE job SET lease_until = now() - interval '1 s'")
    assert await run_if_due(database, job(run))
    assert await database.fetch_value("SELECT token FROM job") == 8
    assert runs == [1]


async def test_the_end_of_a_worker_that_overran_its_lease_is_not_recorded(database):
    async def quick():
        pass

    async def overruns():
        await database.execute("UPDATE job SET lease_until = now() - interval '1 s'")
        assert await run_if_due(database, job(quick))
        raise ValueError("must not be seen")

    assert await run_if_due(database, job(overruns))
    row = await database.fetch_one("SELECT problem, token, due_at > now() AS later FROM job")
    assert (row["problem"], row["token"], row["later"]) == ("", 2, True)
