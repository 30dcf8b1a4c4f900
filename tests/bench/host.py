"""What the host costs: choosing the active provider out of twenty, a guarded call, starting with twenty plugins."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

import hookspecs
from core import builtin
from core.app import attach, build_platform, mount_routes
from core.contracts.context import StructureRef
from core.extension.activation import Activity
from core.extension.active import active
from core.extension.board import Board
from core.extension.discovery import _candidate
from core.extension.dispatch import Dispatcher
from core.extension.loading import build_board
from core.extension.manifest import read_manifest
from core.extension.mounting import Preflight
from core.extension.state import Snapshot
from core.storage.migrate import CORE_FOLDER
from tests.bench.table import Table, at_most

PLUGINS = 20
_CODE = """
from litestar import get
from hookspecs import *

class Rule:
    key, label = "{id}:rule", "Règle"

    def check(self, context, request):
        return []

class Source:
    key, label = "{id}:busy", "Agenda"

    async def list_busy(self, context, query):
        return BusyAnswer()

@get("/page")
async def page() -> str:
    return ""

@hookimpl
def register_booking_rules():
    return [Rule()]

@hookimpl
def register_busy_sources():
    return [Source()]

@hookimpl
def register_routes():
    return [RouteSet(handlers=[page])]
"""


def write_plugins(package, count):
    """So many plugins with a rule, a busy source and a page each, in a new Python package; their ids."""
    package.mkdir()
    (package / "__init__.py").touch()
    ids = [f"bench{number:02d}" for number in range(count)]
    for plugin_id in ids:
        place = package / plugin_id
        place.mkdir()
        (place / "plugin.toml").write_text(
            f'id = "{plugin_id}"\nname = "Banc"\nsummary = "Banc."\nversion = "1.0.0"\n'
        )
        (place / "__init__.py").write_text(_CODE.replace("{id}", plugin_id))
    return ids


def plug(folder):
    """How long the board of twenty such plugins took, and the board."""
    package = Path(folder) / f"bench_{uuid4().hex[:8]}"
    write_plugins(package, PLUGINS)
    sys.path.insert(0, folder)
    manifest = read_manifest(CORE_FOLDER.parents[1] / "plugin.toml", expected_id="core")
    started = time.perf_counter()
    board = build_board(
        hookspecs,
        builtin,
        manifest,
        [
            _candidate(path.name, f"{package.name}.{path.name}", path, "bench")
            for path in sorted(package.iterdir())
            if path.is_dir() and path.name.startswith("bench")
        ],
        strict=True,
        preflight=Preflight(),
    )
    return time.perf_counter() - started, board


def snapshot_with(board, structure, on):
    """A snapshot of one structure where one plugin is on."""
    ref = StructureRef(id=structure, name="Banc", slug="banc", department="33")
    activity = {
        record.id: Activity(on=record.id == on, why="switched_on") for record in board.loaded
    }
    return Snapshot(
        revision=1,
        structures={structure: ref},
        activity={structure: activity},
        policies={},
        delegated=frozenset(),
        settings={},
    )


def per_call(work, times=20_000, rounds=7):
    """Seconds of one call, the median of the rounds."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - started) / times)
    return median(found)


def choosing(board):
    """Seconds to choose and call the one active rule of twenty, beside a plain look-up and call."""
    structure = uuid4()
    snapshot = snapshot_with(board, structure, "bench07")
    item = next(o.item for o in board.booking_rules if o.plugin_id == "bench07")
    plain = {structure: (item,)}

    def ours():
        for owned in active(board, snapshot, Board.booking_rules, structure):
            owned.item.check(None, None)

    def bare():
        for one in plain[structure]:
            one.check(None, None)

    return per_call(ours), per_call(bare)


async def asking():
    """Seconds of a guarded call: of our own code, and of a plugin's, which runs on the plugin's own thread."""
    dispatch = Dispatcher(2.0)
    found = {}
    for plugin_id in ("core", "bench07"):
        times = []
        for _ in range(2_000):
            started = time.perf_counter()
            await dispatch.ask(plugin_id, "booking_rule", list, list[int])
            times.append(time.perf_counter() - started)
        found[plugin_id] = median(times)
    return found


async def requests(table, platform, calls=400, rounds=5):
    """CPU of a request that asks no plugin, without any and with twenty on in a structure: what the host adds to each."""
    with tempfile.TemporaryDirectory(prefix="somobilite-bench-") as folder:
        _, full = plug(folder)
        bare = core_alone(full)
        apps = {}
        for name, board in (("none", bare), (f"{PLUGINS}", full)):
            own = build_platform(platform.settings, platform.db, board=board)
            apps[name] = attach(mount_routes(own), own)
        found = {name: [] for name in apps}
        for _ in range(rounds):
            for name, app in apps.items():
                started = time.process_time()
                for _ in range(calls):
                    await _get(app, "/mentions")
                found[name].append((time.process_time() - started) / calls)
    none, twenty = (median(times) * 1e6 for times in found.values())
    table.row("request that asks no plugin, CPU, no plugins", none, "µs")
    table.row(f"request that asks no plugin, CPU, {PLUGINS} plugins", twenty, "µs")
    table.row("what the host adds to a request", twenty / none, "×", at_most(2))


def core_alone(full):
    """The board of the core alone."""
    board = Board()
    board.plugins = {"core": full.plugins["core"]}
    board.owned = {
        kind: tuple(one for one in owned if one.plugin_id == "core")
        for kind, owned in full.owned.items()
    }
    return board


async def _get(app, path):
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        assert message.get("status", 200) == 200

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"bench")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)


async def host(table):
    """What needs no database: loading, choosing, asking."""
    table.group(f"host, {PLUGINS} plugins")
    with tempfile.TemporaryDirectory(prefix="somobilite-bench-") as folder:
        boot, board = plug(folder)
        ours, bare = choosing(board)
    guarded = await asking()
    table.row("loaded, checked and preflighted", boot, "s", at_most(2))
    table.row("plain look-up and call", bare * 1e9, "ns")
    table.row(f"one active rule of {PLUGINS + 5}, beside that", ours / bare, "×", at_most(2))
    table.row("guarded call, of the core's own", guarded["core"] * 1e6, "µs")
    table.row("guarded call, of a plugin's", guarded["bench07"] * 1e6, "µs")


if __name__ == "__main__":
    alone = Table(print)
    asyncio.run(host(alone))
    sys.exit(0 if alone.close() else 1)
