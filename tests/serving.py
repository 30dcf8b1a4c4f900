"""Real processes for tests and measures: servers and workers of ours, on free ports of this machine, ended by their id."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from aiosmtpd.controller import Controller

from core.booking.ticket import ticket_value

ROOT = Path(__file__).parents[1]


def free_port():
    """A port that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """Starts processes on one database, and ends what it started."""

    def __init__(self, database_url, python=sys.executable, **environment):
        self._python = python
        self._folder = tempfile.TemporaryDirectory(prefix="somobilite-processes-")
        self._running = []
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SOMOBILITE_SECRET_KEY": "a key for tests only",
            "SOMOBILITE_DATA_DIR": self._folder.name,
            "SOMOBILITE_LOG_LEVEL": "warning",
            "SOMOBILITE_SERVER_TRUSTED_PROXIES": "127.0.0.1",
            "SOMOBILITE_NOTICES_DIGESTS": "false",  # the machine's Mondays are not the tests'
            "PYTHONPATH": str(ROOT),
            **environment,
        }

    def start(self, *arguments, module="core.cli", **environment):
        """Starts `python -m <module> <arguments>` in a session of its own."""
        code = f"import sys; sys.argv[0] = {module!r}; from {module} import main; main()"
        with (Path(self._folder.name) / f"{len(self._running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [self._python, "-c", code, *arguments],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def words(self):
        """What the processes said, for the message of a failing test."""
        logs = sorted(Path(self._folder.name).glob("*.log"))
        return "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in logs)

    async def server(self, port=None, *, module="core.cli", **environment):
        """A server that answers; returns (process, address)."""
        port = port or free_port()
        process = self.start("serve", "--port", str(port), module=module, **environment)
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            for _ in range(1200):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{address}/readyz")).status_code == 200:
                        return process, address
                assert process.poll() is None, self.words()
                await asyncio.sleep(0.1)
        raise AssertionError(f"no answer from {address}\n{self.words()}")

    def kill(self, process):
        """SIGKILL to a process that we started, and to its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def close(self):
        """Ends everything."""
        for process in self._running:
            self.kill(process)
        self._folder.cleanup()


class Mailbox:
    """A mail server that keeps what it is given; may be away for a while."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.messages = []
        self._controller = None

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        text = envelope.content.decode("utf-8", "replace")
        message_id = re.search(r"^Message-ID:\s*<([^>]+)>", text, re.M | re.I)[1]
        self.messages.append((message_id, envelope.rcpt_tos[0]))
        return "250 kept"

    def open(self):
        """Begins to answer."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self):
        """Is away."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    @property
    def settings(self):
        """The environment that makes the e-mail plugin write here."""
        prefix = "SOMOBILITE_PLUGIN__NOTIFICATIONS_EMAIL__"
        return {
            f"{prefix}HOST": "127.0.0.1",
            f"{prefix}PORT": str(self.port),
            f"{prefix}SECURITY": "none",
        }


class Visitor:
    """A youth's browser: keeps its cookies, comes from an address of its own."""

    def __init__(self, number):
        self.number = number
        self.client = httpx.AsyncClient(
            headers={"x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}"}, timeout=30
        )
        self.token = ""
        self.form = {
            "name": f"Visite {number}",
            "email": f"visite-{number}@example.org",
            "birth_date": "2006-05-31",
            "commune": "Bordeaux",
            "commune_insee": "33063",
            "phone": f"01 99 00 {number // 100:02d} {number % 100:02d}",
            "consent": "on",
        }

    async def post(self, url, form):
        """A form, with the form token of this browser."""
        if "somobilite_csrf" not in self.client.cookies:
            await self.client.get(url.split("/reserver")[0] + "/recherche")
        token = self.client.cookies["somobilite_csrf"]
        return await self.client.post(url, data={**form, "_csrf_token": token})

    async def hold(self, address, structure_id, starts_at, canal="phone"):
        """Presses a ticket."""
        form = {"ticket": ticket_value(structure_id, canal, None, starts_at)}
        answer = await self.post(f"{address}/reserver/creneau", form)
        if answer.status_code == 303:
            self.token = answer.headers["location"].rsplit("/", 1)[-1]
        return answer

    async def confirm(self, address):
        """Sends the short form."""
        return await self.post(f"{address}/reserver/{self.token}", self.form)

    async def close(self):
        await self.client.aclose()


async def until(condition, seconds=60, words=lambda: ""):
    """Waits for an async condition, as long as it takes within bounds."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain\n{words()}"
        await asyncio.sleep(0.1)
