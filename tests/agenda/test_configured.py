"""Slots follow the configuration that a process was started with. Monday 25 January 2027, 08:00 in Paris."""

import asyncio
from datetime import time

import pytest
from msgspec.structs import replace

from core.agenda import service
from core.agenda.configured import is_projected_so, mark_of
from core.agenda.service import follow_configuration, rebuild
from core.app import build_platform
from core.settings import PluginPolicy
from core.testing.factories import make_opening
from core.worker import Worker
from tests.serving import until


def started_with(platform, **booking):
    """The platform of a process that is started with other regional defaults."""
    settings = replace(platform.settings, booking=replace(platform.settings.booking, **booking))
    return build_platform(
        settings,
        platform.db,
        clock=platform.clock,
        board=platform.board,
        templates=platform.templates,
    )


async def lengths(database):
    rows = await database.fetch("SELECT DISTINCT ends_at - starts_at AS length FROM slot")
    return {row["length"].total_seconds() / 60 for row in rows}


@pytest.fixture
def rebuilds(monkeypatch):
    """How often everyone's slots were projected."""
    done = []

    async def counted(platform):
        done.append(platform)
        await asyncio.sleep(0.05)
        return await rebuild(platform)

    monkeypatch.setattr(service, "rebuild", counted)
    return done


async def test_the_start_of_workers_with_other_defaults_projects_everyone_again_once(
    platform, database, structure, advisor, rebuilds
):
    await make_opening(database, advisor, structure)
    await rebuild(platform)
    assert await lengths(database) == {60}
    assert not await follow_configuration(platform)
    changed = started_with(platform, slot_minutes=45)
    await database.execute(  # the nightly roll is not due
        "INSERT INTO job (key, due_at) VALUES ('core:roll_horizon', now() + interval '1 hour')"
    )
    workers = [Worker(changed), Worker(changed)]
    try:
        await asyncio.gather(*(worker.start() for worker in workers))
        await until(lambda: is_projected_so(changed))
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))
    assert rebuilds == [changed]
    assert await lengths(database) == {45}
    assert not await follow_configuration(changed)
    assert await follow_configuration(platform)
    assert await lengths(database) == {60}


async def test_a_first_start_projects_everyone(platform, database, structure, advisor):
    await make_opening(database, advisor, structure, end_time=time(15))
    assert await follow_configuration(platform)
    assert await lengths(database) == {60}


def test_what_slots_are_not_made_of_leaves_the_mark_alone(platform):
    mark = mark_of(platform)
    assert mark_of(started_with(platform)) == mark
    assert mark_of(started_with(platform, lead_hours=72, age_rule="flag")) == mark
    for change in ({"horizon_days": 60}, {"step_minutes": 30}, {"open_on_holidays": True}):
        assert mark_of(started_with(platform, **change)) != mark
    for plugin, counts in (("visio_jitsi", True), ("stats_export", False)):
        marks = set()
        for policy in ("available", "forbidden"):
            other = started_with(platform)
            other.settings = replace(other.settings, plugin={plugin: PluginPolicy(policy=policy)})
            marks.add(mark_of(other))
        assert len(marks) == 1 + counts, plugin
