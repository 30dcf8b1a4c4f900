"""Bookings through HTTP against bare INSERTs of the same rows under the same constraint."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import msgspec

from core.testing.factories import make_advisor, make_site, make_slot, make_structure
from tests.bench.client import post_all, summary

ADVISORS = 8
COUNT = 240


async def prepare(database):
    """Two structures with as many free slots as there will be bookings; returns their (slug, id, advisors, starts)."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
    starts = [first + timedelta(hours=n) for n in range(COUNT // ADVISORS)]
    places = []
    for name in ("bench-http", "bench-bare"):
        structure = await make_structure(database, name, slug=name)
        await make_site(database, structure)
        advisors = [await make_advisor(database, structure) for _ in range(ADVISORS)]
        for advisor in advisors:
            for starts_at in starts:
                await make_slot(database, advisor, structure, starts_at)
        places.append((name, structure, advisors, starts))
    return places


async def through_http(port, place):
    """Each booking one POST: the hold, the rules, the appointment, the event."""
    slug, _, advisors, starts = place
    bodies = [
        msgspec.json.encode(
            {
                "structure": slug,
                "channel": "phone",
                "starts_at": starts_at,
                "name": f"Mesure {number}-{nth}",
                "email": f"mesure-{number}-{nth}@example.org",
                "phone": "01 99 00 00 00",
                "birth_date": "2006-05-31",
                "commune": "33063",
                "consent": "2027-01",
            }
        )
        for nth, starts_at in enumerate(starts)
        for number in range(len(advisors))
    ]
    Random(2027).shuffle(bodies)  # sixteen people seldom want the same hour
    return await post_all(port, "/api/v1/appointments", bodies)


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
