"""One run, one server, one database engine: every measure beside its floor and its bar. `python -m tests.bench` (see README).

Exit code 1 when a bar is missed. Words choose some parts only: `python -m tests.bench host switches`.
"""

import asyncio
import os
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

import asyncpg

from core.agenda.service import refresh
from core.app import load_board, open_platform
from core.demo.service import prepare
from core.extension.stored import migration_sets
from core.settings import load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database
from core.storage.migrate import migrate
from tests.bench import bookings, region
from tests.bench.client import Sample, repeat
from tests.bench.host import host, requests
from tests.bench.ranking import ranking
from tests.bench.start import starts
from tests.bench.switches import switches
from tests.bench.table import Table, at_least, at_most
from tests.serving import Processes

ROUNDS, SECONDS, WARM_UP = 5, 1.0, 0.5


def say(*words):
    print(*words, flush=True)  # noqa: T201 - the answer of a command


def main():
    """The chosen parts or everything, on an embedded server of their own."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    table = Table(say)
    say(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors: with more than one, durations say little, ratios and CPU time do"
    )
    with tempfile.TemporaryDirectory(prefix="somobilite-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as a user of its own
        server = EmbeddedServer(Path(folder) / "pg")
        try:
            for name in chosen:
                asyncio.run(PARTS[name](table, server, folder))
        finally:
            server.stop()
    sys.exit(0 if table.close() else 1)


async def small(table, server, folder):
    """Reads, refreshes and bookings in a small region."""
    await measure(table, server, folder, region.SMALL)


async def large(table, server, folder):
    """Reads and refreshes in a large one."""
    await measure(table, server, folder, region.LARGE)


async def measure(table, server, folder, size):
    """A region of this size, behind real servers."""
    async with opened(server, folder, size.name) as platform:
        await region.fill(platform, size)
        processes = Processes(platform.db.url)
        try:
            ports = [await port_of(processes)]
            words = f"{size.name}: {size.advisors} advisors, {size.appointments} appointments"
            table.group(f"{words}; 16 clients")
            await reads(table, platform, ports[0])
            await refreshes(table, platform)
            if size is region.SMALL:
                ports.append(await port_of(processes))
                await write_bookings(table, platform, ports)
        finally:
            processes.close()


async def hosting(table, server, folder):
    """What the host of the plugins costs, and the start of a process."""
    await host(table)
    async with opened(server, folder, "host") as platform:
        await requests(table, platform)
        await starts(table, platform)


async def flips(table, server, folder):
    """Structures × plugins."""
    async with opened(server, folder, "switches") as platform:
        await switches(table, platform, Path(folder))


async def demonstration(table, server, folder):
    """The ranking, then everyone for the same few slots."""
    async with opened(server, folder, "demonstration") as platform:
        await prepare(platform, lambda _: None)
        await ranking(table, platform)
        await race(table, platform)


PARTS = {
    "host": hosting,
    "small": small,
    "large": large,
    "switches": flips,
    "demonstration": demonstration,
}


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


async def reads(table, platform, port):
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
    found = {name: middle(of) for name, of in samples.items()}
    for name, sample in found.items():
        table.sample(name, sample)
    for name, floor, rate, slow in (
        ("slot API", "F1 one row as JSON", at_least(0.5), at_most(3)),
        ("next slot per site", "F1 one row as JSON", None, at_most(5)),
        ("search page", "F1 page with one row", at_least(0.4), at_most(3)),
        ("search page, one commune", "F1 page with one row", at_least(0.4), at_most(3)),
    ):
        ours, plain = found[name], found[floor]
        table.row(f"{name}, rate beside F1", ours.per_second / plain.per_second, "×", rate)
        table.row(f"{name}, p95 beside F1", ours.p95 / plain.p95, "×", slow)


async def refreshes(table, platform, rounds=60):
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
    table.times("refresh after one edited opening", times, p50=at_most(20), p95=at_most(20))


async def write_bookings(table, platform, ports):
    """Bookings over two servers beside bare INSERTs, round after round like the reads; what the first round warms up is not counted."""
    samples = {
        "bookings: bare INSERTs, same constraint": [],
        "bookings: through HTTP, two servers": [],
    }
    for number in range(ROUNDS + 1):
        places = [
            await bookings.prepare(platform.db, f"banc-{name}-{number}")
            for name in ("bare", "http")
        ]
        await platform.db.execute("ANALYZE")
        found = (
            await bookings.bare(platform.db, places[0]),
            await bookings.through_http(ports, places[1]),
        )
        if number:
            for of, sample in zip(samples.values(), found, strict=True):
                of.append(sample)
    for name, of in samples.items():
        table.sample(name, middle(of))
    bare, http = (middle(of) for of in samples.values())
    rate = http.per_second / bare.per_second
    table.row("bookings, rate beside bare INSERTs", rate, "×", at_least(0.5))


async def race(table, platform):
    """Everyone for the same few slots, over two servers."""
    place = await bookings.prepare(platform.db, "banc-race", bookings.PRIZES)
    processes = Processes(platform.db.url)
    try:
        ports = [await port_of(processes), await port_of(processes)]
        sample, statuses, made, overlaps = await bookings.race(platform.db, ports, place)
    finally:
        processes.close()
    table.group(f"race: {bookings.RACE} attempts for {bookings.PRIZES} slots, two servers")
    table.sample("attempts", sample)
    table.row("appointments made", made, "", note=f"answers {dict(statuses)}")
    table.row("double bookings", overlaps, "", at_most(0))


def middle(samples):
    """The median of the rounds, figure by figure."""
    return Sample(
        per_second=median(s.per_second for s in samples),
        p50=median(s.p50 for s in samples),
        p95=median(s.p95 for s in samples),
    )


if __name__ == "__main__":
    main()
