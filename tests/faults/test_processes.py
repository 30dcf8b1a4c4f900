"""Real servers, workers and a real mail server, killed at any moment: what was confirmed stands, and is told once."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from functools import partial

import asyncpg
import httpx
import pytest

from core.agenda import service as agenda
from core.network.communes import load_communes
from core.testing.factories import (
    make_advisor,
    make_appointment,
    make_opening,
    make_structure,
)
from tests.serving import Mailbox, Processes, Visitor, until

pytestmark = pytest.mark.processes
SOON = (datetime.now(UTC) + timedelta(days=5)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def mailbox():
    mailbox = Mailbox()
    mailbox.open()
    yield mailbox
    mailbox.close()


@pytest.fixture
async def processes(database_url, mailbox):
    processes = Processes(database_url, **mailbox.settings)
    yield processes
    processes.close()


@pytest.fixture
async def place(platform):
    """A structure with one advisor."""
    await load_communes(platform)
    structure = await make_structure(platform.db, open_on_holidays=True)
    for year in (SOON.year, SOON.year + 1):  # the machine's own years, whatever the factories think
        await platform.db.execute(
            "INSERT INTO agreement VALUES ($1, $2, 'active') ON CONFLICT DO NOTHING",
            structure,
            year,
        )
    advisor = await make_advisor(platform.db, structure)
    return structure, advisor


async def offer(platform, place, days):
    """Openings of four hours on so many days, five days from now; returns the starts of their slots."""
    structure, advisor = place
    for day in range(days):
        await make_opening(
            platform.db,
            advisor,
            structure,
            channels=["phone"],
            starts_on=SOON.date() + timedelta(days=day),
            start_time=time(9),
            end_time=time(13),
        )
    await agenda.refresh(platform, [advisor])
    rows = await platform.db.fetch("SELECT starts_at FROM slot ORDER BY starts_at")
    assert len(rows) == 4 * days
    return [row["starts_at"] for row in rows]


@pytest.fixture
async def people():
    """Fifty browsers."""
    people = [Visitor(number) for number in range(50)]
    yield people
    for person in people:
        await person.close()


async def settled(platform):
    """Whether every event was handled and every notice left."""
    waiting = await platform.db.fetch_value(
        "SELECT (SELECT count(*) FROM outbox_delivery WHERE state = 'due')"
        " + (SELECT count(*) FROM receipt WHERE state = 'due')"
    )
    return waiting == 0


async def test_of_fifty_confirmations_of_one_slot_on_two_servers_one_wins_and_each_side_gets_one_mail(
    platform, processes, place, mailbox, people
):
    starts = await offer(platform, place, 1)
    (_, first), (_, second) = await asyncio.gather(processes.server(), processes.server())
    # Everyone has the form of the same slot open: each hold ran out before the next was taken.
    for person in people:
        answer = await person.hold(first, place[0], starts[0])
        assert answer.status_code == 303, answer.text
        await platform.db.execute("UPDATE hold SET expires_at = now() - interval '1 s'")
    answers = await asyncio.gather(
        *(person.confirm((first, second)[person.number % 2]) for person in people)
    )
    assert Counter(answer.status_code for answer in answers) == {303: 1, 409: 49}
    for answer in answers:
        if answer.status_code == 409:
            assert "vient d’être pris" in answer.text
            assert answer.text.count('name="ticket"') == 3  # the three slots that are left
    assert await platform.db.fetch_value("SELECT count(*) FROM appointment") == 1
    assert await platform.db.fetch_value("SELECT count(*) FROM youth") == 1
    processes.start("worker")
    await until(partial(_at_least, mailbox.messages, 2), words=processes.words)
    await until(partial(settled, platform), words=processes.words)
    [winner] = [p.number for p, a in zip(people, answers, strict=True) if a.status_code == 303]
    recipients = sorted(recipient for _, recipient in mailbox.messages)
    assert len(recipients) == 2
    assert f"visite-{winner}@example.org" in recipients


async def _at_least(found, count):
    return len(found) >= count


async def test_the_database_itself_refuses_an_overlap(platform, place):
    structure, advisor = place
    await make_appointment(platform.db, advisor, structure, SOON)
    with pytest.raises(asyncpg.ExclusionViolationError, match="appointment_no_overlap"):
        await make_appointment(platform.db, advisor, structure, SOON + timedelta(minutes=30))
    await make_appointment(platform.db, advisor, structure, SOON + timedelta(hours=1))


async def book(address, place, starts_at, number):
    """One booking from the ticket to the confirmation; what came of it, `booked` when it was acknowledged."""
    person = Visitor(number)
    try:
        answer = await person.hold(address, place[0], starts_at)
        if answer.status_code == 303:
            answer = await person.confirm(address)
    except httpx.TransportError as error:
        return repr(error)
    finally:
        await person.close()
    return "booked" if answer.status_code == 303 else f"{answer.status_code} {answer.url}"


async def lease_time_passes(platform):
    """What a minute of waiting would do to the leases of the dead, and to what waits for another try."""
    await platform.db.execute(
        "UPDATE outbox_delivery SET lease_until = NULL, due_at = now() WHERE state = 'due'"
    )
    await platform.db.execute(
        "UPDATE receipt SET lease_until = NULL, due_at = now() WHERE state = 'due'"
    )
    await platform.db.execute("UPDATE job SET lease_until = NULL")


async def test_servers_and_workers_killed_at_random_lose_no_confirmed_booking_and_no_mail(
    platform, processes, place, mailbox
):
    chance = random.Random(2027)
    starts = await offer(platform, place, 15)
    acknowledged, others = [], []
    numbers = iter(range(60))
    server, address = await processes.server()
    worker = processes.start("worker")
    serving = asyncio.Event()
    serving.set()

    async def stream():
        for number in numbers:
            await serving.wait()
            ended = await book(address, place, starts[number], number)
            (acknowledged if ended == "booked" else others).append((number, ended))

    def words():
        return f"{others}\n{people}\n{processes.words()}"

    people = [asyncio.create_task(stream()) for _ in range(3)]
    for victim in ("server", "worker", "server", "worker"):
        enough = len(acknowledged) + chance.randint(2, 6)
        await until(partial(_at_least, acknowledged, enough), 120, words)
        await asyncio.sleep(chance.uniform(0, 0.1))
        if victim == "server":
            processes.kill(server)
            serving.clear()
            server, address = await processes.server()
            serving.set()
        else:
            processes.kill(worker)
            worker = processes.start("worker")
    await until(partial(_at_least, acknowledged, len(acknowledged) + 2), 120, words)
    for person in people:
        person.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    processes.kill(server)

    await lease_time_passes(platform)
    await until(partial(settled, platform), seconds=120, words=processes.words)

    rows = await platform.db.fetch(
        "SELECT a.starts_at, y.email FROM appointment a JOIN youth y ON y.id = a.youth"
    )
    stands = {row["email"]: row["starts_at"] for row in rows}
    for number, _ in acknowledged:
        assert stands[f"visite-{number}@example.org"] == starts[number]
    assert len({row["starts_at"] for row in rows}) == len(rows)
    # A mail is its Message-ID: one to each side of each booking, whoever was killed.
    wanted = {(email, 1) for email in stands}
    by_recipient = Counter(recipient for _, recipient in set(mailbox.messages))
    assert {(email, by_recipient[email]) for email in stands} == wanted
    assert len({message_id for message_id, _ in mailbox.messages}) == 2 * len(rows)
    # The same Message-ID leaves again only where a worker died between the server's word and its own note.
    repeated = len(mailbox.messages) - len(set(mailbox.messages))
    assert repeated <= 2 * 4  # two deaths, at most a batch each


async def test_with_the_mail_server_away_the_booking_stands_and_the_mail_leaves_when_it_is_back(
    platform, processes, place, mailbox
):
    mailbox.close()
    starts = await offer(platform, place, 1)
    _, address = await processes.server()
    processes.start("worker")
    assert await book(address, place, starts[0], 1) == "booked"

    async def failed_once():
        return await platform.db.fetch_value(
            "SELECT count(*) = 2 FROM receipt WHERE state = 'due' AND attempts >= 1 AND lease_until IS NULL"
        )

    await until(failed_once, words=processes.words)
    assert await platform.db.fetch_value("SELECT status FROM appointment") == "booked"
    assert mailbox.messages == []
    mailbox.open()
    await lease_time_passes(platform)
    await until(partial(settled, platform), words=processes.words)
    assert len({message_id for message_id, _ in mailbox.messages}) == len(mailbox.messages) == 2
