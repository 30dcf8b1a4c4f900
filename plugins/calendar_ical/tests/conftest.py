from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from core.app import build_platform
from core.testing.factories import make_advisor, make_structure
from core.testing.web import LoopbackServer, loopback_server
from hookspecs import PluginContext


def ics(*events: str) -> bytes:
    """A calendar of these events; each gets a UID of its own unless it names one."""
    body = []
    for number, event in enumerate(events):
        uid = "" if "UID:" in event else f"UID:event-{number}@elsewhere\n"
        body.append(f"BEGIN:VEVENT\nDTSTAMP:20270101T000000Z\n{uid}{event.strip()}\nEND:VEVENT\n")
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n" + "".join(body) + "END:VCALENDAR\n"
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
def refreshed(platform, monkeypatch) -> list[UUID]:
    """The advisors whose slots were computed again."""
    found: list[UUID] = []

    async def refresh_slots(self, advisor_ids) -> None:
        found.extend(advisor_ids)

    monkeypatch.setattr(type(platform.services), "refresh_slots", refresh_slots)
    return found


__all__ = ["LoopbackServer", "ics"]
