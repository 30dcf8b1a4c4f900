"""Bookings of the same moment are one statement of the database: each has the answer that it would have had alone."""

import asyncio
import copy
import random
from collections import Counter
from datetime import timedelta

import pytest
from msgspec import structs

from core.booking.holds import SlotTaken, direct_hold
from core.booking.judge import RulesRefused
from core.booking.service import AlreadyBooked, Booked, book
from core.errors import Refused
from core.storage.engine import Database
from core.testing.factories import make_advisor, make_slot
from tests.booking.conftest import TUESDAY, applicant, booked, held

HOUR = timedelta(hours=1)


@pytest.fixture
def loads(platform, monkeypatch):
    """How many orders went in each statement."""
    sizes = []
    fetch = platform.db.fetch

    async def counted(sql, *args):
        if "book_appointments" in sql:
            sizes.append(len(args[0]))
        return await fetch(sql, *args)

    monkeypatch.setattr(platform.db, "fetch", counted)
    return sizes


async def direct(platform, desk, at, token, **values):
    """Books as the API does, without a hold."""
    hold = await direct_hold(platform, desk.sought("phone"), at, token, token)
    return await book(platform, hold, applicant(**values))


async def test_each_order_of_a_load_has_an_answer_of_its_own(platform, desk, database, loads):
    """In one statement: two bookings, a double click, a second wish of the same person, a lost slot, a refused youth."""
    await booked(platform, desk, TUESDAY + 2 * HOUR, email="before@example.org")
    double = await held(platform, desk, TUESDAY)
    loads.clear()
    answers = await asyncio.gather(
        book(platform, double, applicant()),
        book(platform, double, applicant()),
        direct(platform, desk, TUESDAY + HOUR, "b", email="b@example.org", name="Bo Essai"),
        direct(platform, desk, TUESDAY + HOUR, "c"),
        direct(platform, desk, TUESDAY + 2 * HOUR, "d", email="d@example.org", name="Dan Essai"),
        direct(platform, desk, TUESDAY + HOUR, "e", email="nope"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [
        Booked,
        Booked,
        Booked,
        AlreadyBooked,
        SlotTaken,
        RulesRefused,
    ]
    assert answers[1] == structs.replace(answers[0], again=True)
    assert (
        sum(loads) == 7
    )  # the double click and the second wish are asked again, once the first is there to be seen
    assert len(loads) < 5
    counts = {
        table: await database.fetch_value(f"SELECT count(*) FROM {table}")
        for table in ("appointment", "youth", "appointment_change", "outbox_event")
    }
    assert set(counts.values()) == {3}, counts


async def test_orders_for_one_hour_are_shared_out_among_its_advisors(
    platform, desk, database, loads
):
    await platform.plugins.current()
    others = [await make_advisor(database, desk.structure) for _ in range(3)]
    for advisor in others:
        await make_slot(database, advisor, desk.structure, TUESDAY, site=desk.site)
    answers = await asyncio.gather(
        *(
            direct(platform, desk, TUESDAY, str(n), email=f"{n}@example.org", name=f"Jeune {n}")
            for n in range(6)
        ),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Booked: 4, SlotTaken: 2}
    advisors = await database.fetch("SELECT DISTINCT advisor FROM appointment")
    assert {row["advisor"] for row in advisors} == {desk.advisor, *others}
    assert sum(loads) == 6
    assert len(loads) < 6


async def test_orders_of_one_load_never_overlap_in_an_advisor_s_day(
    platform, desk, database, loads
):
    await direct(platform, desk, TUESDAY + 2 * HOUR, "0", email="0@example.org", name="Zoé Essai")
    loads.clear()
    half_past = TUESDAY + HOUR / 2
    await make_slot(database, desk.advisor, desk.structure, half_past, site=desk.site)
    answers = await asyncio.gather(
        direct(platform, desk, TUESDAY, "a"),
        direct(platform, desk, half_past, "b", email="b@example.org", name="Bo Essai"),
        direct(platform, desk, TUESDAY + HOUR, "c", email="c@example.org", name="Cléo Essai"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Booked, SlotTaken, Booked]
    assert loads == [3]


async def test_what_the_database_refuses_fails_alone(platform, desk, loads):
    """A text that PostgreSQL cannot keep ends the whole statement; the others go again without it."""
    answers = await asyncio.gather(
        direct(platform, desk, TUESDAY, "a", wish="nul\0"),
        direct(platform, desk, TUESDAY + HOUR, "b", email="b@example.org", name="Bo Essai"),
        return_exceptions=True,
    )
    assert [isinstance(answer, Booked) for answer in answers] == [False, True]
    assert loads in ([2, 1, 1], [1, 1])


async def test_a_key_that_served_another_booking_is_refused_even_after_a_move(
    platform, desk, clock
):
    first = await direct(platform, desk, TUESDAY, "key")
    again = await direct(platform, desk, TUESDAY, "key")
    assert again == structs.replace(first, again=True)
    hold = await direct_hold(platform, desk.sought("phone"), TUESDAY + HOUR, "key", "another")
    with pytest.raises(Refused, match="idempotence"):
        await book(platform, hold, applicant())
    later = await direct_hold(platform, desk.sought("phone"), TUESDAY + HOUR, "later", "later")
    moved = await book(platform, later, applicant(), replace=True)
    assert (moved.appointment_id, moved.moved) == (first.appointment_id, True)
    with pytest.raises(Refused, match="idempotence"):
        await direct(platform, desk, TUESDAY, "key")


@pytest.mark.parametrize("strangers", [False, True], ids=["same people", "same hours"])
async def test_loads_of_two_processes_that_want_the_same_things_never_wait_for_each_other(
    platform, desk, database, database_url, strangers
):
    """Each load holds the locks of several people and hours: without one order for all, the two would close a circle."""
    there = copy.copy(platform)
    there.db = Database(database_url)
    await there.db.open()
    try:
        for _ in range(8):
            advisor = await make_advisor(database, desk.structure)
            for hour in range(6):
                await make_slot(database, advisor, desk.structure, TUESDAY + hour * HOUR)
        people = [(number, hour) for number in range(8) for hour in range(6)]

        async def one(where, number, hour):
            who = f"{number}{'' if where is platform or not strangers else ' there'}"
            at = TUESDAY + hour * HOUR
            email = f"{who.replace(' ', '.')}@example.org"
            return await direct(where, desk, at, f"{who} {hour}", email=email)

        for seed in range(6):
            wanted = [(where, *one) for one in people for where in (platform, there)]
            random.Random(seed).shuffle(wanted)
            answers = await asyncio.gather(*(one(*it) for it in wanted), return_exceptions=True)
            assert {type(answer) for answer in answers} <= {Booked, AlreadyBooked}, answers
            for table in ("appointment_change", "appointment", "youth"):
                await database.execute(f"DELETE FROM {table}")
    finally:
        await there.db.close()
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await database.fetch_value(deadlocks) == 0
