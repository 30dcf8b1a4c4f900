from datetime import timedelta

import pytest

from core.booking import arrivals
from core.booking.arrivals import announce_absence, announce_delay, arrive, read_day_word
from core.booking.service import cancel
from core.errors import Conflict, Refused
from tests.booking.conftest import TUESDAY, booked

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def appointment(platform, desk):
    return (await booked(platform, desk)).appointment_id


async def test_one_arrives_from_half_an_hour_before_until_the_end_once(
    platform, appointment, clock, database
):
    for early in (31 * MINUTE, 24 * HOUR):
        clock.set(TUESDAY - early)
        with pytest.raises(Refused):
            await arrive(platform, appointment)
    clock.set(TUESDAY - 30 * MINUTE)
    await arrive(platform, appointment)
    clock.advance(5 * MINUTE)
    await arrive(platform, appointment)
    word = await read_day_word(platform, appointment)
    assert word.arrived_at == TUESDAY - 30 * MINUTE
    assert word.arrived_by == "youth"
    clock.set(TUESDAY + HOUR)
    with pytest.raises(Conflict):
        await arrive(platform, appointment)
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"


async def test_a_delay_is_one_of_those_offered_and_the_last_word_counts(
    platform, appointment, clock
):
    clock.set(TUESDAY - 3 * HOUR)
    with pytest.raises(Refused):
        await announce_delay(platform, appointment, 10)
    clock.set(TUESDAY - HOUR)
    with pytest.raises(Refused):
        await announce_delay(platform, appointment, 7)
    await announce_delay(platform, appointment, 10)
    await announce_delay(platform, appointment, 20)
    clock.set(TUESDAY)
    await arrive(platform, appointment)
    word = await read_day_word(platform, appointment)
    assert (word.late_minutes, word.arrived_at) == (20, TUESDAY)


async def test_a_word_of_the_day_is_about_one_hour_only(platform, appointment, clock, database):
    clock.set(TUESDAY - 20 * MINUTE)
    await arrive(platform, appointment)
    await database.execute(
        "UPDATE appointment SET starts_at = $1, ends_at = $2", TUESDAY + HOUR, TUESDAY + 2 * HOUR
    )
    assert (await read_day_word(platform, appointment)).arrived_at is None
    clock.set(TUESDAY + 40 * MINUTE)
    await arrive(platform, appointment)
    assert (await read_day_word(platform, appointment)).arrived_at == TUESDAY + 40 * MINUTE


async def test_who_cannot_come_says_so_and_the_appointment_stands(
    platform, appointment, clock, database
):
    clock.set(TUESDAY - HOUR)
    await announce_delay(platform, appointment, 10)
    await announce_absence(platform, appointment)
    word = await read_day_word(platform, appointment)
    assert (word.cannot_come, word.late_minutes) == (True, None)
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"
    clock.set(TUESDAY)
    await arrive(platform, appointment)
    assert (await read_day_word(platform, appointment)).cannot_come is False


async def test_nobody_arrives_at_a_cancelled_appointment(platform, appointment, clock):
    await cancel(platform, appointment)
    clock.set(TUESDAY)
    for say in (arrive, announce_absence, lambda *who: announce_delay(*who, arrivals.DELAYS[0])):
        with pytest.raises(Conflict):
            await say(platform, appointment)
