"""Channels turned on and off: the quick way leaves what a projection of everyone would make. Monday 25 January 2027, 08:00 in Paris."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.agenda import service
from core.agenda.free import Offer, free_slots, stand_apart
from core.agenda.service import rebuild, refresh, refresh_turned
from core.agenda.turned import Offered, Offering, plan_recast
from core.contracts.agenda import OpenTime
from core.testing.factories import (
    account_of,
    join,
    make_advisor,
    make_opening,
    make_site,
    make_structure,
)

CHANNELS = ("essai_video", "in_person", "phone", "video")
HERE, ADVISOR, SITE = UUID(int=1), UUID(int=2), UUID(int=3)
some_channels = st.sets(st.sampled_from(CHANNELS))


@st.composite
def stretches(draw):
    """Open times of one advisor, one after the other, each of an opening of its own."""
    at = datetime(2027, 2, 1, 8, tzinfo=UTC)
    found = []
    for number in range(draw(st.integers(0, 5))):
        at += timedelta(minutes=draw(st.sampled_from([0, 15, 60])))
        until = at + timedelta(minutes=draw(st.sampled_from([0, 30, 90, 180])))
        found.append(
            OpenTime(
                advisor_id=ADVISOR,
                starts_at=at,
                ends_at=until,
                channels=tuple(draw(some_channels)),
                site_id=draw(st.sampled_from([None, SITE])),
                source=f"opening {number}",
                slot_minutes=draw(st.sampled_from([None, 30, 45])),
            )
        )
        at = until
    return found


def projected(openings, on):
    """What the projection makes of them where these channels are on."""
    offers = []
    for one in openings:
        possible = {c for c in one.channels if c in on and (c != "in_person" or one.site_id)}
        if possible:
            open_time = replace(one, channels=tuple(possible))
            offers.append(Offer(provider="core:openings", open=open_time))
    return list(free_slots(offers, [], 60))


@given(openings=stretches(), before=some_channels, after=some_channels)
def test_where_openings_stand_apart_slots_only_take_other_channels(openings, before, after):
    assert stand_apart(openings)
    slots = projected(openings, before)
    plan = plan_recast(
        [
            Offering(source=one.source, advisor=ADVISOR, structure=HERE, channels=one.channels)
            for one in openings
        ],
        [
            Offered(source=source, advisor=ADVISOR, has_site=has_site)
            for source, has_site in {(slot.source, slot.site_id is not None) for slot in slots}
        ],
        {HERE: after},
        ["in_person"],
    )
    if plan.again:
        assert not any(plan.sources.values())
        return
    cast = {
        source: channels for (channels, _), sources in plan.sources.items() for source in sources
    }
    recast = [replace(slot, channels=cast[slot.source]) for slot in slots]
    assert recast == projected(openings, after)


@pytest.mark.parametrize(
    ("times", "apart"),
    [
        ([], True),
        ([(9, 12)], True),
        ([(12, 14), (9, 12)], True),
        ([(9, 12), (11, 12)], False),
        ([(9, 17), (10, 10), (11, 12)], False),
        ([(9, 12), (9, 12)], False),
    ],
)
def test_touching_stretches_stand_apart_and_overlapping_ones_do_not(times, apart):
    day = datetime(2027, 2, 1, tzinfo=UTC)
    hours = [
        OpenTime(
            advisor_id=ADVISOR,
            starts_at=day + timedelta(hours=start),
            ends_at=day + timedelta(hours=end),
            channels=(),
        )
        for start, end in times
    ]
    assert stand_apart(hours) is apart


class World:
    """Two structures and their advisors, some in both, with openings of every kind; the same seed gives the same world."""

    def __init__(self, platform, seed):
        self.platform, self.db = platform, platform.db
        self.chance = Random(seed)

    async def fill(self):
        self.structures = [await make_structure(self.db, f"Lieu {n}") for n in range(2)]
        await self.db.execute(
            "UPDATE structure SET buffer_minutes = $2, step_minutes = $3, horizon_days = 25 WHERE id = $1",
            self.structures[0],
            self.chance.choice([0, 15]),
            self.chance.choice([0, 30]),
        )
        sites = {one: await make_site(self.db, one) for one in self.structures}
        for number in range(5):
            homes = self.structures[number % 2 :][:1] if number < 4 else self.structures
            advisor = await make_advisor(self.db, homes[0])
            for home in homes[1:]:
                await join(self.db, await account_of(self.db, advisor), home)
            for home in homes:
                for _ in range(self.chance.randint(1, 3)):
                    await self.open(advisor, home, sites[home])
        await self.db.execute("UPDATE site SET is_enabled = false WHERE id = $1", sites[homes[1]])
        await rebuild(self.platform)

    async def open(self, advisor, structure, site):
        """Half of the openings of an advisor are on one weekday, where they may overlap."""
        start = self.chance.randint(8, 16)
        await make_opening(
            self.db,
            advisor,
            structure,
            repeat="weekly",
            starts_on=date(2027, 1, 26) + timedelta(days=self.chance.choice([0, 0, 1, 2, 3])),
            start_time=time(start),
            end_time=time(start + self.chance.randint(1, 4)),
            channels=self.chance.sample(CHANNELS, self.chance.randint(1, 4)),
            site=self.chance.choice([site, None]),
            slot_minutes=self.chance.choice([None, None, 45]),
        )

    async def turn(self):
        """Turns a channel in one structure or both, as a flip does; the keys that are on there now."""
        plugin = self.chance.choice(["essai", "visio_jitsi"])
        turned = self.chance.sample(self.structures, self.chance.randint(1, 2))
        async with self.db.atomic():
            for structure in turned:
                await self.db.execute(
                    "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ($1, $2, $3, now())"
                    " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
                    plugin,
                    structure,
                    self.chance.choice(["on", "off"]),
                )
            snapshot = await self.platform.plugins.fresh()
            channels = {
                structure: [
                    key
                    for key, owned in self.platform.board.channels.items()
                    if snapshot.is_on(owned.plugin_id, structure)
                ]
                for structure in turned
            }
            await refresh_turned(self.platform, channels)


@pytest.fixture
def projected_again(monkeypatch):
    """The advisors that the quick way did not do, turn by turn."""
    found = []
    recast = service.recast

    async def watched(*arguments):
        found.append(await recast(*arguments))
        return found[-1]

    monkeypatch.setattr(service, "recast", watched)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_any_turn_of_a_channel_a_rebuild_changes_nothing(
    platform, seed, projected_again
):
    world = World(platform, seed)
    await world.fill()
    changed = 0
    for number in range(6):
        before = await platform.db.fetch(
            "SELECT * FROM slot ORDER BY advisor, structure, starts_at"
        )
        await world.turn()
        after = await platform.db.fetch("SELECT * FROM slot ORDER BY advisor, structure, starts_at")
        changed += before != after
        for difference in await rebuild(platform):
            assert (difference.written, difference.removed) == (0, 0), (number, difference)
    assert changed >= 3
    assert 0 < sum(map(len, projected_again)) < 5 * len(projected_again)


async def test_openings_that_stand_apart_ask_nobody(
    platform, database, structure, advisor, switch, provider, projected_again
):
    for day in (2, 3):
        await make_opening(
            database,
            advisor,
            structure,
            starts_on=date(2027, 2, day),
            channels=["phone", "essai_video"],
        )
    await refresh(platform, [advisor])
    asked = len(provider.queries)
    await switch(structure, "on")
    await refresh_turned(platform, {structure: ["essai_video", "phone"]})
    found = await database.fetch("SELECT DISTINCT channels FROM slot")
    assert [row["channels"] for row in found] == [["essai_video", "phone"]]
    assert projected_again == [set()]
    assert len(provider.queries) == asked


async def test_open_time_of_a_plugin_is_asked_again(
    platform, database, structure, advisor, switch, provider, projected_again
):
    async def open_time(context, query):
        at = datetime(2027, 2, 4, 9, tzinfo=UTC)
        return [
            OpenTime(
                advisor_id=advisor,
                starts_at=at,
                ends_at=at + timedelta(hours=1),
                channels=("video",),
            )
        ]

    provider.answer = open_time
    await switch(structure, "on")
    await refresh(platform, [advisor])
    video = "SELECT count(*) FROM slot WHERE channels = '{video}'"
    assert await database.fetch_value(video) == 1
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('visio_jitsi', $1, 'off', now())",
        structure,
    )
    await refresh_turned(platform, {structure: ["essai_video", "in_person", "phone"]})
    assert projected_again == [{advisor}]
    assert await database.fetch_value(video) == 0
