"""A flip in one server process is in force in the others within a second, and none is restarted."""

import asyncio
import time

import httpx
import pytest

from core.accounts.sessions import COOKIE, open_session
from core.app import build_platform
from core.testing.factories import make_account, make_structure
from tests.serving import Processes

pytestmark = pytest.mark.processes
GATED = "/p/notifications_email/messages"


@pytest.fixture
def platform(settings, database, board):
    """On the machine's own clock, as the servers are."""
    return build_platform(settings, database, board=board)


@pytest.fixture
async def servers(database_url):
    processes = Processes(database_url)
    yield await asyncio.gather(processes.server(), processes.server())
    processes.close()


async def test_a_flip_is_in_force_in_every_process_within_a_second(platform, servers):
    await make_structure(platform.db, slug="essai")
    account = await make_account(platform.db, region_role="coordinator")
    cookie = (await open_session(platform, account)).value
    (first, here), (second, there) = servers
    async with httpx.AsyncClient(cookies={COOKIE: cookie}) as client:
        await client.get(f"{here}/healthz")
        token = client.cookies["somobilite_csrf"]
        for address in (here, there):
            assert (await client.get(address + GATED)).status_code == 200
        delays = []
        for state, expected in (("off", 404), ("on", 200), ("off", 404), ("unset", 200)):
            turn = f"notifications_email:essai:{state}"
            answer = await client.post(
                f"{here}/reseau/fonctionnalites",
                data={"turn": turn, "confirmed": "true", "_csrf_token": token},
            )
            assert answer.status_code == 303
            began = time.monotonic()
            assert (await client.get(here + GATED)).status_code == expected, "at once at home"
            while (await client.get(there + GATED)).status_code != expected:
                assert time.monotonic() - began < 5
                await asyncio.sleep(0.01)
            delays.append(time.monotonic() - began)
    assert max(delays) < 1, delays
    assert first.poll() is None
    assert second.poll() is None
