"""One run, one server, one database engine: every measure beside its floor. `python -m tests.bench` (see README)."""

import asyncio
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

import asyncpg

from core.agenda.service import refresh
from core.app import load_board
from core.demo.service import prepare
from core.extension.stored import migration_sets
from core.serve import open_platform
from core.settings import load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database
from core.storage.migrate import migrate
from tests.bench import bookings, region
from tests.bench.client import Sample, repeat
from tests.bench.host import host, requests
from tests.bench.ranking import ranking
from tests.bench.switches import switches
from tests.serving import Processes

ROUNDS, SECONDS, WARM_UP = 5, 1.0, 0.5


def say(*words):
    print(*words, flush=True)  # noqa: T201 - the answer of a command


def main():
    """Everything, on an embedded server of its own."""
    with tempfile.TemporaryDirectory(prefix="somobilite-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as a user of its own
        server = EmbeddedServer(Path(folder) / "pg")
        try:
            host(say)
            asyncio.run(measure(server, folder))
        finally:
            server.stop()


async def measure(server, folder):
    """Reads and refreshes in a small and a large region, bookings in the small one; rankings and a race in the demonstration."""
    for size in (region.SMALL, region.LARGE):
        async with opened(server, folder, size.name) as platform:
            say(f"\n{size.name}: {size.advisors} advisors, {size.appointments} appointments")
            await region.fill(platform, size)
            processes = Processes(platform.db.url)
            try:
                ports = [await port_of(processes)]
                await reads(platform, ports[0])
                await refreshes(platform)
                if size is region.SMALL:
                    ports.append(await port_of(processes))
                    await write_bookings(platform, ports)
            finally:
                processes.close()
    async with opened(server, folder, "switches") as platform:
        await switches(platform, Path(folder), say)
    async with opened(server, folder, "demonstration") as platform:
        await prepare(platform, lambda _: None)
        await requests(platform, say)
        await ranking(platform)
        await race(platform)


@asynccontextmanager
async def opened(server, folder, name):
    """The platform on a migrated database of this name."""
    connection = await asyncpg.connect(server.url())
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    settings = load_settings(
        environment={
            "DATABASE_URL": server.url(name),
            "SOMOBILITE_DATA_DIR": folder,
            "SOMOBILITE_SECRET_KEY": "bench",
            "SOMOBILITE_LOG_LEVEL": "warning",
        }
    )
    database = Database(settings.database.url, pool_size=2)
    await database.open()
    await migrate(database, migration_sets(load_board(settings)))
    await database.close()
    async with open_platform(settings) as platform:
        yield platform


async def port_of(processes):
    """The port of a new server process."""
    _, address = await processes.server(module="tests.bench.app")
    return int(address.rsplit(":", 1)[1])


async def reads(platform, port):
    """Every page and its floors, round after round, so that a busy moment of the machine hits them all.

    The paths of a measure are asked in turn: as many communes or structures as the region has places.
    """
    rows = await platform.db.fetch(
        "SELECT s.id, s.slug, t.city, t.insee FROM structure s JOIN site t ON t.structure = s.id LIMIT 200"
    )
    targets = {
        "F0 static Struct as JSON": ["/bench/json"],
        "F1 one row as JSON": [f"/bench/json/{row['id']}" for row in rows],
        "slot API": [f"/api/v1/slots?structure={row['slug']}&channel=phone" for row in rows],
        "next slot per site": ["/api/v1/next-slots"],
        "F0 static page": ["/bench/page"],
        "F1 page with one row": [f"/bench/page/{row['id']}" for row in rows],
        "search page": [
            f"/recherche?ou={quote(row['city'])}&insee={row['insee']}&canal=in_person"
            for row in rows
        ],
        "search page, one commune": ["/recherche?ou=Bordeaux&canal=in_person"],
    }
    samples = {name: [] for name in targets}
    for paths in targets.values():
        await repeat(port, paths, WARM_UP)
    for _ in range(ROUNDS):
        for name, paths in targets.items():
            samples[name].append(await repeat(port, paths, SECONDS))
    say(f"{'reads, 16 clients':<34}{'per second':>12}{'p50 ms':>9}{'p95 ms':>9}")
    found = {name: middle(of) for name, of in samples.items()}
    for name, sample in found.items():
        line(name, sample)
    for name, floor in (
        ("slot API", "F1 one row as JSON"),
        ("next slot per site", "F1 one row as JSON"),
        ("search page", "F1 page with one row"),
        ("search page, one commune", "F1 page with one row"),
    ):
        rate = found[name].per_second / found[floor].per_second
        slow = found[name].p95 / found[floor].p95
        say(f"  {name}: {rate:.2f} × the rate of F1, {slow:.1f} × its p95")


async def refreshes(platform, rounds=60):
    """What follows the edit of one opening: its advisor's 90 days of slots, written again where they differ."""
    openings = await platform.db.fetch(
        "SELECT id, advisor FROM opening ORDER BY id LIMIT $1", rounds
    )
    await platform.plugins.current()
    times = []
    for opening in openings:
        for hours in (-1, 1):
            async with platform.db.atomic():
                await platform.db.execute(
                    "UPDATE opening SET start_time = start_time + $2, end_time = end_time + $2 WHERE id = $1",
                    opening["id"],
                    hours * region.HOUR,
                )
                started = time.perf_counter()
                await refresh(platform, [opening["advisor"]])
                times.append(time.perf_counter() - started)
    times.sort()
    say(
        f"refresh after one edited opening: median {median(times) * 1000:.1f} ms,"
        f" p95 {times[int(len(times) * 0.95)] * 1000:.1f} ms"
    )


async def write_bookings(platform, ports):
    """Bookings over two servers beside bare INSERTs, then everyone for the same few slots."""
    say(f"{'bookings, 16 at a time':<34}{'per second':>12}{'p50 ms':>9}{'p95 ms':>9}")
    places = [await bookings.prepare(platform.db, f"banc-{name}") for name in ("bare", "http")]
    await platform.db.execute("ANALYZE")
    bare = await bookings.bare(platform.db, places[0])
    http = await bookings.through_http(ports, places[1])
    line("bare INSERTs, same constraint", bare)
    line("through HTTP, two servers", http)
    say(f"  through HTTP: {http.per_second / bare.per_second:.2f} × the rate of bare INSERTs")


async def race(platform):
    """Everyone for the same few slots, over two servers."""
    place = await bookings.prepare(platform.db, "banc-race", bookings.PRIZES)
    processes = Processes(platform.db.url)
    try:
        ports = [await port_of(processes), await port_of(processes)]
        sample, statuses, made, overlaps = await bookings.race(platform.db, ports, place)
    finally:
        processes.close()
    say()
    line(f"{bookings.RACE} attempts, {bookings.PRIZES} slots", sample)
    say(f"  answers {dict(statuses)}, appointments {made}, double bookings {overlaps}")


def middle(samples):
    """The median of the rounds, figure by figure."""
    return Sample(
        per_second=median(s.per_second for s in samples),
        p50=median(s.p50 for s in samples),
        p95=median(s.p95 for s in samples),
    )


def line(name, sample):
    say(f"{name:<34}{sample.per_second:>12.0f}{sample.p50 * 1000:>9.2f}{sample.p95 * 1000:>9.2f}")


if __name__ == "__main__":
    main()
