"""A demonstration running for real, and a Chromium to walk through it."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.async_api import async_playwright

from core.storage.embedded import EmbeddedServer
from tests.serving import ROOT, free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a test card, a microphone that beeps, both allowed.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}


class Demonstration:
    """`somobilite demo` in a process of its own, with its own data."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / "demo.log"
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "DATABASE_URL" and not name.startswith("SOMOBILITE_")
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from core.cli import main; main()",
                    "demo",
                    "--port",
                    str(self.port),
                ],
                cwd=ROOT,
                env={**environment, "SOMOBILITE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def ready(self):
        """Waits for the first answer."""
        async with httpx.AsyncClient() as client:
            end = time.monotonic() + 90
            while time.monotonic() < end and self.process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.address}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.2)
        raise AssertionError(self._log.read_text("utf-8", "replace"))

    def stop(self):
        """Ends it as Ctrl-C would."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def pytest_collection_modifyitems(items):
    """Side by side or not, all browser tests walk through one demonstration."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
async def demonstration():
    """A demonstration that answers."""
    with tempfile.TemporaryDirectory(prefix="somobilite-demo-") as folder:
        running = Demonstration(Path(folder))
        try:
            await running.ready()
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="session")
async def chromium():
    """The system's Chromium. Continuous integration must have one; elsewhere its absence is said."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed: the browser tests cannot be left out here")
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class Visitor:
    """A person in a browser: a page, what its console complained of, and pictures on the way."""

    def __init__(self, page, base, folder):
        self.page = page
        self.base = base
        self.folder = folder
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)
        page.on("response", self._response)

    def _console(self, message):
        # A refused form answers 422, a lost slot 409: Chromium reports them as errors, we do not.
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def _response(self, response):
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    async def go(self, path):
        """Opens a path (or a whole address of the platform)."""
        await self.page.goto(path if path.startswith("http") else self.base + path)

    async def snap(self, name):
        """Takes a picture when asked for (SOMOBILITE_SCREENSHOTS), and checks that nothing sticks out sideways."""
        width = self.page.viewport_size["width"]
        wide = await self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide} px wide on a {width} px screen"
        if self.folder:
            await self.page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True)

    async def heading(self):
        """The words of the page's first heading."""
        return (await self.page.locator("h1").first.inner_text()).strip()


@pytest.fixture
async def visitors(chromium, demonstration):
    """Makes visitors: `await visitors(PHONE)`; at the end none of them may have met an error."""
    folder = os.environ.get("SOMOBILITE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    made, contexts = [], []

    async def make(viewport, **options):
        context = await chromium.new_context(viewport=viewport, locale="fr-FR", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        visitor = Visitor(
            await context.new_page(), demonstration.address, Path(folder) if folder else None
        )
        made.append(visitor)
        return visitor

    yield make
    for context in contexts:
        await context.close()
    assert [complaint for visitor in made for complaint in visitor.complaints] == []


@pytest.fixture
async def sql(demonstration):
    """The demonstration's database: to let time pass without waiting for it."""
    embedded = EmbeddedServer(demonstration.folder / "pg")
    connection = await asyncpg.connect(embedded.url("somobilite"))
    yield connection
    await connection.close()
    embedded.stop()


@pytest.fixture
async def plain(demonstration):
    """A client without a browser, for files."""
    async with httpx.AsyncClient(base_url=demonstration.address) as client:
        yield client
