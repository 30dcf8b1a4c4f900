from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from core.app import build_platform
from core.testing.factories import make_advisor, make_structure
from core.testing.web import Answer, LoopbackServer, loopback_server
from hookspecs import PluginContext
from plugins.calendar_ical import feeds

LUNCH = "SUMMARY:Déjeuner\nDTSTART:20270202T110000Z\nDTEND:20270202T130000Z"


def ics(*events: str, head: str = "") -> bytes:
    """A calendar of these events, `head` above them; each gets a UID of its own unless it names one."""
    body = []
    for number, event in enumerate(events):
        uid = "" if "UID:" in event else f"UID:event-{number}@elsewhere\n"
        body.append(f"BEGIN:VEVENT\nDTSTAMP:20270101T000000Z\n{uid}{event.strip()}\nEND:VEVENT\n")
    above = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{head}".rstrip("\n") + "\n"
    text = above + "".join(body) + "END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
async def web():
    async with loopback_server() as server:
        yield server


@pytest.fixture
async def platform(settings, database, board, clock):
    """The platform, allowed to read calendars on the loopback."""
    hosts = replace(settings.plugins, allow_private_hosts=("127.0.0.1",))
    return build_platform(replace(settings, plugins=hosts), database, clock=clock, board=board)


@pytest.fixture
async def structure(database) -> UUID:
    return await make_structure(database)


@pytest.fixture
async def advisor(database, structure) -> UUID:
    return await make_advisor(database, structure)


@pytest.fixture
def region(platform) -> Callable:
    """A region-level context of the plugin, at the clock's present."""

    async def make() -> PluginContext:
        return platform.context("calendar_ical", await platform.plugins.fresh())

    return make


@pytest.fixture
def follow(region, web: LoopbackServer, advisor) -> Callable:
    """Has an advisor follow a calendar of the loopback server, at `path`."""

    async def do(body: bytes, path: str = "/a.ics", whose: UUID = advisor, **choice) -> feeds.Feed:
        web.answers[path] = Answer(body=body)
        return await feeds.save_feed(await region(), whose, web.url(path), feeds.Choice(**choice))

    return do


@pytest.fixture
def reread(region) -> Callable:
    """The same calendar as it is kept now."""

    async def do(feed: feeds.Feed) -> feeds.Feed:
        return await feeds.read_feed(await region(), feed.advisor, feed.id)

    return do


async def switch_off(database, structure: UUID) -> None:
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('calendar_ical', $1, 'off', now())",
        structure,
    )
