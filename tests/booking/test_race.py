"""B01: fifty at once for one slot. One has it, forty-nine are told kindly, with the nearest that are left."""

import asyncio

import httpx
import pytest

from core.testing.factories import form_token, make_advisor, make_slot
from tests.booking.conftest import TUESDAY
from tests.booking.test_pages import ANSWERS, HOUR, send, stamp, take

CROWD = 50


@pytest.fixture
async def crowd(app):
    transport = httpx.ASGITransport(app=app)
    clients = [httpx.AsyncClient(transport=transport, base_url="http://test") for _ in range(CROWD)]
    for client in clients:
        await form_token(client)
    yield clients
    for client in clients:
        await client.aclose()


def one_won(answers):
    """One success; every other answer is a friendly page with the nearest slots."""
    lost = [answer for answer in answers if answer.status_code != 303]
    assert len(lost) == CROWD - 1
    for answer in lost:
        assert answer.status_code == 409
        assert "vient d’être pris" in answer.text
        assert stamp(TUESDAY + HOUR) in answer.text


async def test_b01_fifty_take_the_same_slot_at_once(crowd, desk, database):
    answers = await asyncio.gather(*(take(client, desk) for client in crowd))
    one_won(answers)
    assert await database.fetch_value("SELECT count(*) FROM hold") == 1


async def test_b01_fifty_confirm_the_same_slot_at_once(crowd, desk, database):
    """Every hold has expired, so that all fifty reach the last door together."""
    paths = []
    for client in crowd:
        paths.append((await take(client, desk)).headers["location"])
        await database.execute("UPDATE hold SET expires_at = now() - interval '1 year'")
    answers = await asyncio.gather(
        *(
            send(client, path, **{**ANSWERS, "email": f"{number}@example.org"})
            for number, (client, path) in enumerate(zip(crowd, paths, strict=True))
        )
    )
    one_won(answers)
    for table in ("appointment", "youth", "outbox_event"):
        assert await database.fetch_value(f"SELECT count(*) FROM {table}") == 1


async def test_b05_one_person_in_many_tabs_makes_one_appointment(crowd, desk, database):
    """The same hold sent by every tab: all of them arrive at the same page."""
    path = (await take(crowd[0], desk)).headers["location"]
    answers = await asyncio.gather(*(send(client, path, **ANSWERS) for client in crowd[:20]))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


async def test_b04_two_tabs_with_two_slots_make_one_appointment_and_one_question(
    crowd, desk, database
):
    first, second = crowd[:2]
    paths = [
        (await take(first, desk)).headers["location"],
        (await take(second, desk, TUESDAY + HOUR)).headers["location"],
    ]
    answers = await asyncio.gather(
        send(first, paths[0], **ANSWERS), send(second, paths[1], **ANSWERS)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


async def test_two_advisors_at_one_hour_serve_two_of_fifty(crowd, desk, database):
    colleague = await make_advisor(database, desk.structure)
    await make_slot(database, colleague, desk.structure, TUESDAY, site=desk.site)
    answers = await asyncio.gather(*(take(client, desk) for client in crowd))
    assert sum(answer.status_code == 303 for answer in answers) == 2
    advisors = await database.fetch_value("SELECT count(DISTINCT advisor) FROM hold")
    assert advisors == 2
