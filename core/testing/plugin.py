"""Fixtures for our tests and for plugin authors': one embedded PostgreSQL per session, a fresh database per test that asks.

Loaded as a pytest plugin (`-p core.testing.plugin`). `--plugins-in FOLDER` adds the plugins of a folder named `plugins` to those
that travel with the platform and those that are installed.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar
from litestar.types import ASGIApp

from core.app import attach, build_platform, load_board, mount_routes
from core.clock import FrozenClock
from core.extension.board import Board
from core.extension.discovery import join_plugins
from core.extension.stored import migration_sets
from core.platform import Platform
from core.services import PlatformServices
from core.settings import Settings, load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database
from core.storage.migrate import migrate
from core.testing.places import TwoStructures, make_place

MONDAY = datetime(2027, 1, 25, 7, 0, tzinfo=UTC)
"""Monday 25 January 2027, 08:00 in Paris: the present of every test that does not say otherwise."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where else plugins are looked for."""
    parser.addoption(
        "--plugins-in",
        metavar="FOLDER",
        type=Path,
        help="load the plugins of this folder too; it is named `plugins`",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes those plugins importable before their tests are."""
    _more_plugins(config)


def _more_plugins(config: pytest.Config) -> list[Path]:
    folder: Path | None = config.getoption("--plugins-in")
    return [] if folder is None else [join_plugins(folder)]


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of our own, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="somobilite-pg-") as folder:
        Path(folder).chmod(0o755)
        embedded = EmbeddedServer(Path(folder) / "pg")
        asyncio.run(_hurry(embedded))
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
            "SOMOBILITE_ACCOUNTS_SECOND_FACTOR": "offered",
            "SOMOBILITE_SERVER_MEMORY_SECONDS": "0",
            "SOMOBILITE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        }
    )


@pytest.fixture(scope="session")
def board(settings: Settings, pytestconfig: pytest.Config) -> Board:
    """The core, the bundled plugins, and those that are installed or named by `--plugins-in`."""
    return load_board(settings, _more_plugins(pytestconfig))


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


@pytest.fixture(scope="session")
def _spare_databases() -> list[str]:
    """The names of databases that a test gave back as clean as new."""
    return []


@pytest.fixture
async def database_url(
    server: EmbeddedServer, template_database: str, _spare_databases: list[str]
) -> AsyncIterator[str]:
    """The address of an empty migrated database of the test's own.

    Making one costs a good part of a second, emptying one a few milliseconds: a database whose schema is as it was
    serves the next test, another is dropped.
    """
    if _spare_databases:
        name = _spare_databases.pop()
    else:
        name = f"test_{uuid4().hex[:12]}"
        await _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    yield server.url(name)
    if await _emptied(server.url(name), server.url(template_database)):
        _spare_databases.append(name)
    else:
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


@pytest.fixture(scope="session")
def _shared(settings: Settings, board: Board) -> Platform:
    """A platform without a database, whose templates and routes serve every test: they are slow to make."""
    return build_platform(settings, Database(""), board=board)


@pytest.fixture(scope="session")
def _routes(_shared: Platform) -> Litestar:
    """Every route, mounted once."""
    return mount_routes(_shared)


@pytest.fixture
async def platform(
    settings: Settings,
    database: Database,
    board: Board,
    clock: FrozenClock,
    _shared: Platform,
) -> AsyncIterator[Platform]:
    """The whole platform without its web part, on a fresh database."""
    platform = build_platform(
        settings, database, clock=clock, board=board, templates=_shared.templates
    )
    yield platform
    platform.dispatch.close()


@pytest.fixture
def refreshed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The advisors whose slots a plugin had computed again, instead of doing it."""
    found: list[UUID] = []

    async def refresh_slots(_services: PlatformServices, advisor_ids: Sequence[UUID]) -> None:
        found.extend(advisor_ids)

    monkeypatch.setattr(PlatformServices, "refresh_slots", refresh_slots)
    return found


@pytest.fixture
async def two_structures(platform: Platform) -> TwoStructures:
    """A structure to ask about, and another one of which nothing may show in the answer."""
    return TwoStructures(
        here=await make_place(platform, "Info Jeunes d’ici"),
        there=await make_place(platform, "Mission d’ailleurs"),
    )


@pytest.fixture(autouse=True)
def _bind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Binds the test's database, when it has one, for Piccolo's tables."""
    if "database" in request.fixturenames:
        with request.getfixturevalue("database").bound():
            yield
    else:
        yield


@pytest.fixture
def app(platform: Platform, _shared: Platform, _routes: Litestar) -> ASGIApp:
    """The application, on the test's platform. The database is already open: no lifespan is needed."""
    platform.live.stop()  # clients of tests read whole answers: a stream ends after its first message
    same = platform.board is _shared.board
    return attach(_routes if same else mount_routes(platform), platform)


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


async def _hurry(server: EmbeddedServer) -> None:
    """What is thrown away anyway need not survive a power cut. A killed process loses nothing by this."""
    connection = await asyncpg.connect(server.url())
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


_SCHEMA = """
    SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
        SELECT format('%s %s %s', c.relname, c.relkind, a.attname) AS line
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT conname FROM pg_constraint
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) lines
"""
# Foreign keys and triggers sleep meanwhile, so that the order of the tables does not matter.
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE name regclass; found boolean; BEGIN
        FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname NOT IN ('schema_migration', 'plugin_revision')
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO found;
            IF found THEN EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
    END $$;
"""


async def _emptied(url: str, template_url: str) -> bool:
    """Empties a database; whether its schema and its applied migrations are still those of the template."""
    same = []
    for address in (template_url, url):
        connection = await asyncpg.connect(address)
        try:
            if address == url:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await connection.execute(_EMPTY)
            ledger = await connection.fetchval(
                "SELECT md5(string_agg(owner || name || checksum, '|' ORDER BY owner, name))"
                " FROM schema_migration"
            )
            same.append((await connection.fetchval(_SCHEMA), ledger))
        finally:
            await connection.close()
    return same[0] == same[1]
