"""The outbox: nothing is lost, nothing is delivered again that was, and what cannot be is kept for a person."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.events import AppointmentBooked
from core.storage import outbox
from core.testing.plugin import MONDAY


def booked():
    return AppointmentBooked(structure_id=uuid4(), at=MONDAY, appointment_id=uuid4())


async def write(database, count=1, handlers=("a:handler",)):
    events = [booked() for _ in range(count)]
    async with database.atomic():
        for event in events:
            await outbox.append(database, event, handlers)
    return events


async def fine(_handler, _event):
    return ""


async def make_due(database):
    await database.execute("UPDATE outbox_delivery SET due_at = now() - interval '1 s'")


async def test_an_event_reaches_each_handler_once_and_whole(database):
    [event] = await write(database, handlers=("a:one", "b:two"))
    heard = []

    async def deliver(handler, heard_event):
        heard.append((handler, heard_event))
        return ""

    assert await outbox.deliver_due(database, deliver) == 2
    assert await outbox.deliver_due(database, deliver) == 0
    assert sorted(heard, key=lambda item: item[0]) == [("a:one", event), ("b:two", event)]


async def test_an_event_of_a_transaction_that_is_undone_was_never_there(database):
    with pytest.raises(RuntimeError):
        async with database.atomic():
            await outbox.append(database, booked(), ["a:handler"])
            raise RuntimeError
    assert await outbox.deliver_due(database, fine) == 0


async def test_two_workers_share_the_work_and_never_the_same_piece(database):
    events = await write(database, 100)
    heard = Counter()

    async def deliver(_handler, event):
        await asyncio.sleep(0)
        heard[event.appointment_id] += 1
        return ""

    async def worker():
        while await outbox.deliver_due(database, deliver):
            pass

    await asyncio.gather(worker(), worker())
    assert heard == Counter({event.appointment_id: 1 for event in events})


async def test_what_a_dead_worker_had_taken_is_delivered_by_another_after_its_lease(database):
    events = await write(database, 30)
    heard = Counter()

    class Killed(BaseException):
        """Stands for the end of the process: nothing after it runs."""

    async def dies(_handler, event):
        if sum(heard.values()) == 2:
            raise Killed
        heard[event.appointment_id] += 1
        return ""

    async def survives(_handler, event):
        heard[event.appointment_id] += 1
        return ""

    with pytest.raises(Killed):
        await outbox.deliver_due(database, dies)
    while await outbox.deliver_due(database, survives):
        pass
    assert len(heard) == 27  # the rest is still under the dead one's lease
    await database.execute("UPDATE outbox_delivery SET lease_until = now() - interval '1 s'")
    while await outbox.deliver_due(database, survives):
        pass
    assert heard == Counter({event.appointment_id: 1 for event in events})
    left = await database.fetch_value("SELECT count(*) FROM outbox_delivery WHERE state <> 'done'")
    assert left == 0


async def test_a_failure_waits_and_the_other_handlers_do_not(database):
    await write(database, handlers=("good:one", "bad:one"))

    async def deliver(handler, _event):
        return "no luck" if handler.startswith("bad") else ""

    assert await outbox.deliver_due(database, deliver) == 2
    assert await outbox.deliver_due(database, deliver) == 0
    states = dict(
        await database.fetch("SELECT handler, state FROM outbox_delivery ORDER BY handler")
    )
    assert states == {"bad:one": "due", "good:one": "done"}
    wait = await database.fetch_value(
        "SELECT due_at - now() FROM outbox_delivery WHERE handler = 'bad:one'"
    )
    assert timedelta(seconds=5) < wait <= timedelta(seconds=10)


async def test_after_the_last_attempt_it_is_a_dead_letter_that_a_button_revives(database):
    await write(database)

    async def fails(_handler, _event):
        return "the server is away"

    for _ in range(outbox.MAX_ATTEMPTS):
        await make_due(database)
        assert await outbox.deliver_due(database, fails) == 1
    await make_due(database)
    assert await outbox.deliver_due(database, fine) == 0
    [letter] = await outbox.dead_letters(database)
    assert (letter["problem"], letter["attempts"]) == ("the server is away", outbox.MAX_ATTEMPTS)
    await outbox.revive(database, letter["event"], letter["handler"])
    assert await outbox.deliver_due(database, fine) == 1
    assert await outbox.dead_letters(database) == []


async def test_a_worker_that_overran_its_lease_does_not_undo_the_work_of_the_next(database):
    await write(database)

    async def slow_and_failing(_handler, _event):
        await database.execute("UPDATE outbox_delivery SET lease_until = now() - interval '1 s'")
        assert await outbox.deliver_due(database, fine) == 1
        return "too late"

    assert await outbox.deliver_due(database, slow_and_failing) == 1
    state = await database.fetch_value("SELECT state FROM outbox_delivery")
    assert state == "done"


async def test_a_commit_wakes_whoever_listens_and_an_undone_transaction_does_not(database):
    heard = asyncio.Event()

    def listen(*_):
        heard.set()

    async with database.connection() as connection:
        await connection.add_listener(outbox.CHANNEL, listen)
        with pytest.raises(RuntimeError):
            async with database.atomic():
                await outbox.append(database, booked(), ["a:handler"])
                raise RuntimeError
        await connection.execute("SELECT 1")
        assert not heard.is_set()
        await write(database)
        await asyncio.wait_for(heard.wait(), 5)
        await connection.remove_listener(outbox.CHANNEL, listen)


@given(st.integers(0, 10_000))
def test_the_wait_never_shrinks_and_never_passes_an_hour(attempts):
    assert outbox.backoff(attempts) <= outbox.backoff(attempts + 1) <= timedelta(hours=1)
