"""Fixtures for our tests and for plugin authors': one embedded PostgreSQL per session, a fresh database per test that asks.

Loaded as a pytest plugin (`-p core.testing.plugin`).
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar.types import ASGIApp

from core.app import build_app, build_platform, load_board, migration_sets
from core.clock import FrozenClock
from core.extension.board import Board
from core.platform import Platform
from core.settings import Settings, load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database
from core.storage.migrate import migrate

MONDAY = datetime(2027, 1, 25, 7, 0, tzinfo=UTC)
"""Monday 25 January 2027, 08:00 in Paris: the present of every test that does not say otherwise."""


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of our own, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="somobilite-pg-") as folder:
        Path(folder).chmod(0o755)
        embedded = EmbeddedServer(Path(folder) / "pg")
        try:
            yield embedded
        finally:
            embedded.stop()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for tests: strict plugins, a fixed key, nothing read from the machine."""
    return load_settings(
        environment={
            "SOMOBILITE_SECRET_KEY": "a key for tests only",
            "SOMOBILITE_PLUGINS_STRICT": "true",
            "SOMOBILITE_DEMO": "true",
            "SOMOBILITE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        }
    )


@pytest.fixture(scope="session")
def board(settings: Settings) -> Board:
    """The core and the bundled plugins."""
    return load_board(settings)


@pytest.fixture(scope="session")
async def template_database(server: EmbeddedServer, board: Board) -> str:
    """The name of a migrated, empty database, to be copied."""
    name = "template_migrated"
    await _administer(server, f'CREATE DATABASE "{name}"')
    database = Database(server.url(name), pool_size=2)
    await database.open()
    try:
        await migrate(database, migration_sets(board))
    finally:
        await database.close()
    return name


@pytest.fixture
async def database_url(server: EmbeddedServer, template_database: str) -> AsyncIterator[str]:
    """The address of a fresh migrated database, dropped after the test."""
    name = f"test_{uuid4().hex[:12]}"
    await _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    yield server.url(name)
    await _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, bound to the context of Piccolo's tables."""
    database = Database(database_url, pool_size=10)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at `MONDAY` until moved."""
    return FrozenClock(MONDAY)


@pytest.fixture
async def platform(
    settings: Settings, database: Database, board: Board, clock: FrozenClock
) -> Platform:
    """The whole platform without its web part, on a fresh database."""
    return build_platform(settings, database, clock=clock, board=board)


@pytest.fixture(autouse=True)
def _bind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Binds the test's database, when it has one, for Piccolo's tables."""
    if "database" in request.fixturenames:
        with request.getfixturevalue("database").bound():
            yield
    else:
        yield


@pytest.fixture
def app(platform: Platform) -> ASGIApp:
    """The application, on the test's platform. The database is already open: no lifespan is needed."""
    return build_app(platform)


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: keeps cookies, does not follow redirects."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def _administer(server: EmbeddedServer, sql: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
