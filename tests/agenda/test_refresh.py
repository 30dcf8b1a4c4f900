"""The projection: scenarios of the slots, policies of failure, switches. Monday 25 January 2027, 08:00 in Paris."""

from datetime import date, datetime, time, timedelta

import pytest

from core.agenda import service
from core.agenda.service import refresh, refresh_all, refresh_structure
from core.clock import PARIS
from core.testing.factories import (
    account_of,
    join,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
)


async def make_absence(database, advisor, **values):
    row = {
        "id": None,
        "repeat": "none",
        "starts_on": date(2027, 2, 2),
        "start_time": time(9),
        "ends_on": date(2027, 2, 2),
        "end_time": time(12),
        "until": None,
        **values,
    }
    return await database.fetch_value(
        "INSERT INTO absence (id, advisor, repeat, starts_on, start_time, ends_on, end_time, until)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) RETURNING id",
        advisor,
        row["repeat"],
        row["starts_on"],
        row["start_time"],
        row["ends_on"],
        row["end_time"],
        row["until"],
    )


def weekly(day, start, end, **values):
    return {
        "repeat": "weekly",
        "starts_on": day,
        "start_time": time(start),
        "end_time": time(end),
        **values,
    }


async def starts(database, advisor, structure=None):
    rows = await database.fetch(
        "SELECT starts_at FROM slot WHERE advisor = $1 AND ($2::uuid IS NULL OR structure = $2) ORDER BY 1",
        advisor,
        structure,
    )
    return [row["starts_at"].astimezone(PARIS) for row in rows]


def on(found, day):
    return [f"{one:%H:%M}" for one in found if one.date() == day]


async def test_s01_a_last_piece_shorter_than_a_slot_is_not_offered(
    platform, database, clock, structure, advisor
):
    clock.set(datetime(2027, 2, 1, 8, tzinfo=PARIS))
    await make_opening(
        database,
        advisor,
        structure,
        starts_on=date(2027, 2, 4),
        start_time=time(9),
        end_time=time(11, 20),
    )
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), date(2027, 2, 4)) == ["09:00", "10:00"]


async def test_s03_s04_an_appointment_leaves_the_projection_alone_so_that_cancelling_frees_it(
    platform, database, structure, advisor
):
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 2), 14, 17))
    await make_appointment(database, advisor, structure, datetime(2027, 2, 9, 15, tzinfo=PARIS))
    await refresh(platform, [advisor])
    found = await starts(database, advisor)
    assert on(found, date(2027, 2, 9)) == ["14:00", "15:00", "16:00"]
    assert on(found, date(2027, 2, 16)) == ["14:00", "15:00", "16:00"]


async def test_s08_touching_is_not_overlapping(platform, database, structure, advisor):
    await make_absence(database, advisor, start_time=time(8), end_time=time(10))
    await make_opening(database, advisor, structure, start_time=time(10), end_time=time(12))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), date(2027, 2, 2)) == ["10:00", "11:00"]


async def test_s09_a_long_absence_takes_its_whole_week_and_no_more(
    platform, database, structure, advisor
):
    for day in range(5):
        await make_opening(
            database, advisor, structure, **weekly(date(2027, 2, 1) + timedelta(days=day), 9, 17)
        )
    await make_absence(
        database,
        advisor,
        starts_on=date(2027, 2, 8),
        start_time=time(9),
        ends_on=date(2027, 2, 12),
        end_time=time(18),
    )
    await refresh(platform, [advisor])
    days = {one.date() for one in await starts(database, advisor)}
    assert not days & {date(2027, 2, day) for day in range(8, 13)}
    assert {date(2027, 2, 5), date(2027, 2, 15)} <= days


async def test_s10_a_recurring_absence_counts_each_week_until_its_last_day(
    platform, database, structure, advisor
):
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 2), 9, 17))
    await make_absence(
        database,
        advisor,
        repeat="weekly",
        start_time=time(12),
        end_time=time(14),
        until=date(2027, 2, 16),
    )
    await refresh(platform, [advisor])
    found = await starts(database, advisor)
    for day in (2, 9, 16):
        assert on(found, date(2027, 2, day)) == [
            "09:00",
            "10:00",
            "11:00",
            "14:00",
            "15:00",
            "16:00",
        ]
    assert "12:00" in on(found, date(2027, 2, 23))


async def test_s14_the_last_day_is_offered_and_nothing_after(
    platform, database, clock, structure, advisor
):
    clock.set(datetime(2027, 2, 23, 0, 0, tzinfo=PARIS))
    await make_opening(
        database, advisor, structure, **weekly(date(2027, 2, 2), 14, 17, ends_on=date(2027, 2, 23))
    )
    await refresh(platform, [advisor])
    assert {one.date() for one in await starts(database, advisor)} == {date(2027, 2, 23)}


async def test_s17_overlapping_openings_give_each_start_once(
    platform, database, structure, advisor
):
    for start, end in ((9, 11), (10, 12)):
        await make_opening(database, advisor, structure, start_time=time(start), end_time=time(end))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), date(2027, 2, 2)) == ["09:00", "10:00", "11:00"]


async def test_s19_an_absence_counts_in_every_structure(platform, database, structure, advisor):
    other = await make_structure(database)
    await join(database, await account_of(database, advisor), other)
    for where in (structure, other):
        await make_opening(database, advisor, where, start_time=time(9), end_time=time(12))
    await make_absence(database, advisor, start_time=time(9), end_time=time(10, 30))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor, structure), date(2027, 2, 2)) == ["11:00"]
    assert on(await starts(database, advisor, other), date(2027, 2, 2)) == ["11:00"]


UNFIT = [
    "UPDATE membership SET accepted_at = NULL",
    "UPDATE membership SET ended_at = now()",
    "UPDATE advisor SET trained_on = NULL",
    "UPDATE advisor SET trained_on = '2027-01-26'",
    "UPDATE agreement SET status = 'ended' WHERE year = 2027",
    "DELETE FROM agreement",
    "UPDATE structure SET status = 'closed'",
    "UPDATE account SET disabled_at = now()",
]


async def test_s20_only_an_accepted_trained_advisor_under_an_active_agreement_is_offered(
    platform, database, structure, advisor
):
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    for statement in UNFIT:
        assert len(await starts(database, advisor)) == 3
        with pytest.raises(RuntimeError, match="as before"):
            async with database.atomic():
                await database.execute(statement)
                await refresh_structure(platform, structure)
                assert await starts(database, advisor) == [], statement
                raise RuntimeError("as before")


async def test_s20_an_agreement_counts_in_its_own_year_only(
    platform, database, clock, structure, advisor
):
    clock.set(datetime(2026, 12, 20, 8, tzinfo=PARIS))
    await database.execute("DELETE FROM agreement WHERE year = 2027")
    await make_opening(database, advisor, structure, **weekly(date(2026, 12, 24), 9, 10))
    await refresh(platform, [advisor])
    assert {one.date() for one in await starts(database, advisor)} == {
        date(2026, 12, 24),
        date(2026, 12, 31),
    }


async def test_s22_a_disabled_site_takes_in_person_away_and_leaves_the_rest(
    platform, database, structure, advisor
):
    site = await make_site(database, structure)
    await make_opening(database, advisor, structure, site=site, channels=["in_person", "phone"])
    await make_opening(
        database,
        advisor,
        structure,
        starts_on=date(2027, 2, 3),
        site=site,
        channels=["in_person"],
    )
    await refresh(platform, [advisor])
    assert len(await starts(database, advisor)) == 6
    await database.execute("UPDATE site SET is_enabled = false")
    await refresh_structure(platform, structure)
    rows = await database.fetch("SELECT site, channels, starts_at FROM slot")
    assert [(row["site"], row["channels"]) for row in rows] == [(None, ["phone"])] * 3
    assert {row["starts_at"].date() for row in rows} == {date(2027, 2, 2)}


async def test_in_person_needs_a_site(platform, database, structure, advisor):
    await make_opening(database, advisor, structure, channels=["in_person", "phone"])
    await refresh(platform, [advisor])
    assert await database.fetch_value("SELECT DISTINCT channels FROM slot") == ["phone"]


async def test_the_site_of_another_structure_is_no_site(platform, database, structure, advisor):
    foreign = await make_site(database, await make_structure(database))
    await make_opening(database, advisor, structure, site=foreign, channels=["in_person"])
    await refresh(platform, [advisor])
    assert await starts(database, advisor) == []


async def test_s23_public_holidays_follow_the_structure(
    platform, database, clock, structure, advisor
):
    clock.set(datetime(2027, 4, 1, 8, tzinfo=PARIS))
    ascension, pentecost = date(2027, 5, 6), date(2027, 5, 17)
    await make_opening(database, advisor, structure, **weekly(date(2027, 4, 8), 9, 10))
    await make_opening(database, advisor, structure, **weekly(date(2027, 4, 5), 9, 10))
    await refresh(platform, [advisor])
    days = {one.date() for one in await starts(database, advisor)}
    assert not {ascension, pentecost} & days
    assert {date(2027, 5, 13), date(2027, 5, 10)} <= days
    await database.execute("UPDATE structure SET open_on_holidays = true")
    await refresh(platform, [advisor])
    assert {ascension, pentecost} <= {one.date() for one in await starts(database, advisor)}


async def test_s29_ten_is_ten_in_winter_and_in_summer(platform, database, structure, advisor):
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 1), 10, 12))
    await refresh(platform, [advisor])
    found = [one.isoformat() for one in await starts(database, advisor)]
    assert "2027-03-22T10:00:00+01:00" in found
    assert "2027-04-05T10:00:00+02:00" in found


async def test_slots_reach_one_day_past_the_horizon_of_the_structure(
    platform, database, structure, advisor
):
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 2), 9, 10))
    await database.execute("UPDATE structure SET horizon_days = 7")
    await refresh(platform, [advisor])
    assert {one.date() for one in await starts(database, advisor)} == {date(2027, 2, 2)}
    await database.execute("UPDATE structure SET horizon_days = 14")
    await refresh(platform, [advisor])
    assert max(await starts(database, advisor)).date() == date(2027, 2, 9)
    await database.execute("UPDATE structure SET horizon_days = 7")
    await refresh(platform, [advisor])
    assert max(await starts(database, advisor)).date() == date(2027, 2, 2)


async def test_an_opening_under_way_keeps_its_grid_and_its_past(
    platform, database, clock, structure, advisor
):
    opening = await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    clock.set(datetime(2027, 2, 2, 15, 20, tzinfo=PARIS))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), date(2027, 2, 2)) == ["14:00", "15:00", "16:00"]
    await database.execute("DELETE FROM opening WHERE id = $1", opening)
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), date(2027, 2, 2)) == ["14:00", "15:00"]


async def test_a_second_refresh_touches_nothing(platform, database, structure, advisor):
    site = await make_site(database, structure)
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 2), 9, 17, site=site))
    await refresh(platform, [advisor])
    before = await database.fetch("SELECT xmin::text, ctid::text, * FROM slot ORDER BY starts_at")
    await refresh(platform, [advisor])
    assert len(before) == 12 * 8
    assert before == await database.fetch(
        "SELECT xmin::text, ctid::text, * FROM slot ORDER BY starts_at"
    )


async def test_only_the_difference_is_written(platform, database, structure, advisor):
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 2), 9, 12))
    await refresh(platform, [advisor])
    before = {
        row["starts_at"]: row["mark"]
        for row in await database.fetch("SELECT starts_at, xmin::text AS mark FROM slot")
    }
    await make_absence(database, advisor)
    await make_opening(database, advisor, structure, starts_on=date(2027, 2, 3))
    await refresh(platform, [advisor])
    after = {
        row["starts_at"]: row["mark"]
        for row in await database.fetch("SELECT starts_at, xmin::text AS mark FROM slot")
    }
    assert len(before.keys() - after.keys()) == 3
    assert len(after.keys() - before.keys()) == 3
    assert all(before[start] == after[start] for start in before.keys() & after.keys())


async def test_a_refresh_belongs_to_the_transaction_of_its_cause(
    platform, database, structure, advisor
):
    with pytest.raises(RuntimeError, match="second thought"):
        async with database.atomic():
            await make_opening(database, advisor, structure)
            await refresh(platform, [advisor])
            assert len(await starts(database, advisor)) == 3
            raise RuntimeError("second thought")
    assert await starts(database, advisor) == []


async def test_a_switch_flipped_in_the_same_transaction_is_seen_and_only_there(
    platform, database, structure, advisor, switch
):
    other = await make_structure(database)
    neighbour = await make_advisor(database, other)
    for who, where in ((advisor, structure), (neighbour, other)):
        await make_opening(database, who, where, channels=["phone", "essai_video"])
        await switch(where, "on")
    await refresh(platform, [advisor, neighbour])
    channels = "SELECT DISTINCT channels FROM slot WHERE structure = $1"
    assert await database.fetch_value(channels, structure) == ["essai_video", "phone"]
    async with database.atomic():
        await switch(structure, "off")
        await refresh_structure(platform, structure)
    assert await database.fetch_value(channels, structure) == ["phone"]
    assert await database.fetch_value(channels, other) == ["essai_video", "phone"]
    await switch(structure, "on")
    await refresh_structure(platform, structure)
    assert await database.fetch_value(channels, structure) == ["essai_video", "phone"]


async def test_rolling_the_horizon_goes_on_past_an_advisor_who_fails(
    platform, database, structure, advisor, monkeypatch
):
    other = await make_advisor(database, structure)
    for one in (advisor, other):
        await make_opening(database, one, structure)
    real = service.project

    async def fails_for_one(platform, snapshot, advisor_ids):
        if advisor in advisor_ids:
            raise RuntimeError("a broken row")
        return await real(platform, snapshot, advisor_ids)

    monkeypatch.setattr(service, "project", fails_for_one)
    await refresh_all(platform)
    assert await starts(database, advisor) == []
    assert len(await starts(database, other)) == 3
