from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from msgspec.structs import replace
from radicale import Application
from radicale import config as radicale_config

from core.app import build_platform
from core.testing.factories import make_advisor, make_structure
from hookspecs import PluginContext

USER, PASSWORD = "camille", "un mot de passe"


class Radicale:
    """A real CalDAV server on the loopback, as its owner's other programs see it."""

    def __init__(self, port: int, asked: list[tuple[str, str]]) -> None:
        self.asked = asked
        self.url = f"http://127.0.0.1:{port}/"
        self.http = httpx.Client(
            base_url=self.url, auth=(USER, PASSWORD), trust_env=False, timeout=5
        )

    def make(self, name: str, component: str = "VEVENT", label: str = "") -> str:
        """A new calendar; its path."""
        path = f"/{USER}/{name}/"
        body = (
            '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
            f"<D:displayname>{label or name}</D:displayname>"
            "<C:supported-calendar-component-set>"
            f'<C:comp name="{component}"/></C:supported-calendar-component-set>'
            "</D:prop></D:set></C:mkcalendar>"
        )
        self.http.request("MKCALENDAR", path, content=body).raise_for_status()
        return path

    def put(self, path: str, event: str) -> None:
        """Writes an event (its lines, without UID when none matters)."""
        uid = "" if "UID:" in event else f"UID:{path}@elsewhere\n"
        text = (
            "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\nBEGIN:VEVENT\n"
            f"DTSTAMP:20270101T000000Z\n{uid}{event.strip()}\nEND:VEVENT\nEND:VCALENDAR\n"
        )
        self.http.put(
            path, content=text.replace("\n", "\r\n"), headers={"content-type": "text/calendar"}
        ).raise_for_status()

    def get(self, path: str) -> str:
        """The text of an event; empty when there is none."""
        answer = self.http.get(path)
        return answer.text if answer.status_code == 200 else ""

    def delete(self, path: str) -> None:
        self.http.delete(path).raise_for_status()

    def change(self, path: str, old: str, new: str) -> None:
        """Edits an event as a calendar program would."""
        text = self.get(path)
        assert old in text
        self.http.put(
            path, content=text.replace(old, new), headers={"content-type": "text/calendar"}
        ).raise_for_status()


class Counting:
    """Passes requests on, and remembers which."""

    def __init__(self, application) -> None:
        self.asked: list[tuple[str, str]] = []
        self._application = application

    def __call__(self, environ, start_response):
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return self._application(environ, start_response)


class _Silent(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        """Says nothing."""


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    users = tmp_path / "users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    configuration = radicale_config.load()
    configuration.update(
        {
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": str(users),
                "htpasswd_encryption": "plain",
                "delay": "0",
            },
            "storage": {"filesystem_folder": str(tmp_path / "collections")},
            "logging": {"level": "critical"},
        },
        "test",
    )
    counting = Counting(Application(configuration))
    server = make_server("127.0.0.1", 0, counting, handler_class=_Silent)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    peer = Radicale(server.server_port, counting.asked)
    with closing(peer.http):
        yield peer
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def platform(settings, database, board, clock):
    """The platform, allowed to reach the loopback, with the plugin on."""
    hosts = replace(settings.plugins, allow_private_hosts=("127.0.0.1",))
    return build_platform(replace(settings, plugins=hosts), database, clock=clock, board=board)


@pytest.fixture
async def structure(database) -> UUID:
    structure_id = await make_structure(database)
    await switch(database, structure_id, "on")
    return structure_id


async def switch(database, structure_id, state: str) -> None:
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('calendar_caldav', $1, $2, now())"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
        structure_id,
        state,
    )


@pytest.fixture
async def advisor(database, structure) -> UUID:
    return await make_advisor(database, structure)


@pytest.fixture
def region(platform) -> Callable:
    """A region-level context of the plugin, at the clock's present."""

    async def make() -> PluginContext:
        return platform.context("calendar_caldav", await platform.plugins.fresh())

    return make
