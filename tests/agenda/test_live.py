"""The streams of the agenda: across processes, and never in the way of a server that stops."""

import asyncio
import json
import signal
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.accounts.sessions import COOKIE, open_session
from core.booking.arrivals import announce_delay, arrive
from core.clock import SystemClock
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    make_youth,
    signed_in,
)
from tests.booking.test_pages import send
from tests.serving import Processes

NOON = datetime(2027, 2, 2, 11, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
async def world(platform, database, clock):
    """Two people expected at noon and two hours later by one advisor; it is a quarter to noon."""
    structure = await make_structure(database)
    site = await make_site(database, structure)
    advisor = await make_advisor(database, structure)
    place = {"site": site, "channel": "in_person"}
    first = await make_appointment(database, advisor, structure, NOON, **place)
    youth = await make_youth(database, name="Noa (démo) Marcheur")
    later = NOON + timedelta(hours=2)
    await make_appointment(database, advisor, structure, later, youth=youth, **place)
    clock.set(NOON - QUARTER)
    return structure, advisor, first


def messages(text):
    """What a stream sent."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


async def test_who_is_there_shows_on_every_page_of_the_advisor(
    platform, client, world, database, clock
):
    _, advisor, appointment = world
    await signed_in(platform, client, await account_of(database, advisor))
    await announce_delay(platform, appointment, 10)
    assert "10 minutes de retard" in (await client.get("/agenda")).text
    await arrive(platform, appointment)
    clock.advance(timedelta(minutes=4))
    for path in ("/agenda", "/agenda/semaine", f"/entretiens/{appointment}"):
        text = (await client.get(path)).text
        assert "Arrivé·e à 12 h 45" not in text
        assert "Arrivé·e à 11 h 45" in text, path
        assert "attend depuis 4 minutes" in text
        assert "retard" not in text
    (sent,) = messages((await client.get("/agenda/flux")).text)
    assert sent["count"] == 1
    assert "Arrivé·e à 11 h 45" in sent["pieces"][f"arrivee-{appointment}"]
    assert f"/entretiens/{appointment}" in sent["pieces"]["attente"]
    await database.execute("UPDATE appointment SET status = 'cancelled_by_youth'")
    (sent,) = messages((await client.get("/agenda/flux")).text)
    assert (sent["count"], sent["pieces"]["attente"]) == (0, "")


async def test_the_reception_says_who_is_there_and_takes_it_back(platform, client, world, database):
    structure, _, appointment = world
    colleague = await make_account(database)
    await join(database, colleague, structure)
    await signed_in(platform, client, colleague)
    shown = (await client.get("/accueil")).text
    assert "Alix E." in shown
    assert "Noa M." in shown
    assert "Alix Essai" not in shown
    assert "alix@example.org" not in shown
    assert shown.count("<span>Est là") == 1
    assert shown.count("à dire dès") == 1  # the other one is not due yet
    said = await send(client, f"/accueil/{appointment}")
    assert said.headers["location"] == f"/accueil#visite-{appointment}"
    assert "Arrivé·e à 11 h 45" in (await client.get("/accueil")).text
    (sent,) = messages((await client.get("/accueil/flux")).text)
    assert "Pas encore là" in sent["pieces"][f"visite-{appointment}"]
    await send(client, f"/accueil/{appointment}", retour="1")
    assert "Arrivé·e" not in (await client.get("/accueil")).text
    actions = await database.fetch("SELECT action FROM audit ORDER BY id")
    assert [row[0] for row in actions] == ["appointment.arrived", "appointment.arrival_undone"]
    await database.execute(
        "UPDATE appointment SET starts_at = starts_at - interval '3 hours',"
        " ends_at = ends_at - interval '3 hours'"
    )
    late = await send(client, f"/accueil/{appointment}")
    assert late.headers["location"] == "/accueil"


async def test_the_door_of_another_structure_is_closed_even_to_the_coordination(
    platform, client, world, database
):
    _, _, appointment = world
    elsewhere = await make_account(database)
    await join(database, elsewhere, await make_structure(database, "Une autre"))
    for account in (elsewhere, await make_account(database, region_role="coordinator")):
        await signed_in(platform, client, account)
        assert "Personne n’est attendu" in (await client.get("/accueil")).text
        assert (await send(client, f"/accueil/{appointment}")).status_code == 404
    assert await database.fetch_value("SELECT count(*) FROM day_word") == 0


@pytest.mark.processes
async def test_news_cross_processes_and_a_server_with_an_open_stream_stops_at_once(
    platform, database, database_url
):
    platform.clock = SystemClock()
    structure = await make_structure(database)
    advisor = await make_advisor(database, structure)
    soon = datetime.now(UTC) + timedelta(minutes=10)
    appointment = await make_appointment(database, advisor, structure, soon)
    cookie = await open_session(platform, await account_of(database, advisor))
    processes = Processes(database_url)
    try:
        server, address = await processes.server()
        async with (
            httpx.AsyncClient(cookies={COOKIE: cookie.value}, timeout=20) as browser,
            browser.stream("GET", f"{address}/agenda/flux") as answer,
        ):
            lines = answer.aiter_lines()
            before = await _next(lines)
            assert before["count"] == 0
            await asyncio.sleep(0.5)  # the stream now waits for news
            began = time.monotonic()
            await arrive(platform, appointment)
            after = await _next(lines)
            assert time.monotonic() - began < 5
            assert after["count"] == 1
            assert after["said"] == ["Alix Essai est là."]
            server.send_signal(signal.SIGTERM)
            assert [line async for line in lines if line.startswith("data")] == []
        assert await asyncio.to_thread(server.wait, 6) == 0, processes.words()
    finally:
        processes.close()


async def _next(lines):
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")
