"""Bookings through HTTP against bare INSERTs of the same rows under the same constraint; then a race for few slots."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import msgspec

from core.testing.factories import make_advisor, make_site, make_slot, make_structure
from tests.bench.client import post_all, summary

ADVISORS = 8
COUNT = 1_200
RACE = 100_000
PRIZES = 200


async def prepare(database, name, count=COUNT):
    """A structure with so many free slots; returns its (slug, id, advisors, starts)."""
    first = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=5)
    starts = [first + timedelta(days=n // 8, hours=n % 8) for n in range(count // ADVISORS)]
    structure = await make_structure(database, name, slug=name)
    await make_site(database, structure)
    advisors = [await make_advisor(database, structure) for _ in range(ADVISORS)]
    for advisor in advisors:
        for starts_at in starts:
            await make_slot(database, advisor, structure, starts_at)
    return name, structure, advisors, starts


def _body(slug, starts_at, number):
    return msgspec.json.encode(
        {
            "structure": slug,
            "channel": "phone",
            "starts_at": starts_at,
            "name": f"Mesure {number}",
            "email": f"{slug}-{number}@example.org",
            "phone": f"01 99 00 {number // 100 % 100:02} {number % 100:02}",
            "birth_date": "2006-05-31",
            "commune": "33063",
            "consent": "2027-01",
        }
    )


async def through_http(ports, place):
    """Each booking one POST: the rules, the seat, the appointment, the event."""
    slug, _, advisors, starts = place
    wanted = [starts_at for starts_at in starts for _ in advisors]
    Random(2027).shuffle(wanted)  # sixteen people seldom want the same hour
    bodies = [_body(slug, starts_at, number) for number, starts_at in enumerate(wanted)]
    sample, statuses = await post_all(ports, "/api/v1/appointments", bodies, run=slug)
    assert set(statuses) == {201}, statuses
    return sample


async def bare(database, place):
    """A youth and an appointment in one transaction, sixteen at a time, nothing else."""
    _, structure, advisors, starts = place
    rows = [(advisor, starts_at) for starts_at in starts for advisor in advisors]
    Random(2027).shuffle(rows)
    waiting = iter(rows)
    times = []

    async def one():
        for advisor, starts_at in waiting:
            started = time.perf_counter()
            async with database.atomic() as connection:
                youth = uuid4()
                await connection.execute(
                    "INSERT INTO youth (id, name, email, consent_version, consented_at)"
                    " VALUES ($1, 'Mesure', 'mesure@example.org', 'bench', now())",
                    youth,
                )
                await connection.execute(
                    "INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at,"
                    " created_at) VALUES ($1, $2, $3, $4, 'phone', $5, $6, now())",
                    uuid4(),
                    youth,
                    advisor,
                    structure,
                    starts_at,
                    starts_at + timedelta(hours=1),
                )
            times.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(16)))
    return summary(times, time.perf_counter() - started)


async def race(database, ports, place, attempts=RACE):
    """So many people want `PRIZES` slots, over several servers; returns (sample, statuses, appointments, overlaps)."""
    slug, structure, _, starts = place
    wanted = [starts[number % len(starts)] for number in range(attempts)]
    bodies = (_body(slug, starts_at, number) for number, starts_at in enumerate(wanted))
    sample, statuses = await post_all(ports, "/api/v1/appointments", bodies, run=slug, clients=32)
    made = await database.fetch_value(
        "SELECT count(*) FROM appointment WHERE structure = $1", structure
    )
    overlaps = await database.fetch_value(
        "SELECT count(*) FROM appointment a JOIN appointment b ON a.advisor = b.advisor AND a.id < b.id"
        " AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"
        " WHERE a.structure = $1",
        structure,
    )
    return sample, statuses, made, overlaps
