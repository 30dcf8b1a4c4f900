"""One run, one server, one database: every measure beside its floor. `python -m tests.bench`, under three minutes."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

import asyncpg

from core.app import load_board, migration_sets
from core.catalogue.service import published
from core.demo.service import prepare
from core.serve import open_platform
from core.settings import load_settings
from core.storage.embedded import EmbeddedServer
from core.storage.engine import Database
from core.storage.migrate import migrate
from tests.bench import bookings
from tests.bench.client import Sample, repeat
from tests.bench.ranking import NEED, plain_loop, timed, varied
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
            asyncio.run(measure(server, folder))
        finally:
            server.stop()


async def measure(server, folder):
    """Prepares a database, then measures reads, bookings and rankings."""
    connection = await asyncpg.connect(server.url())
    await connection.execute("CREATE DATABASE bench")
    await connection.close()
    url = server.url("bench")
    settings = load_settings(
        environment={
            "DATABASE_URL": url,
            "SOMOBILITE_DATA_DIR": folder,
            "SOMOBILITE_SECRET_KEY": "bench",
        }
    )
    say("Preparing the demonstration's data…")
    database = Database(url, pool_size=2)
    await database.open()
    await migrate(database, migration_sets(load_board(settings)))
    await database.close()
    async with open_platform(settings) as platform:
        await prepare(platform, lambda _: None)
        places = await bookings.prepare(platform.db)
        structure = await platform.db.fetch_one(
            "SELECT s.id, s.slug FROM structure s JOIN slot ON slot.structure = s.id"
            " WHERE s.kind = 'crij_site' LIMIT 1"
        )
        await platform.db.execute("ANALYZE")
        processes = Processes(url)
        try:
            _, address = await processes.server(module="tests.bench.app")
            port = int(address.rsplit(":", 1)[1])
            await reads(port, structure)
            say()
            say(f"{'bookings, 16 at a time':<34}{'per second':>12}{'p50 ms':>9}{'p95 ms':>9}")
            http = await bookings.through_http(port, places[0])
            bare = await bookings.bare(platform.db, places[1])
            line("bare INSERTs, same constraint", bare)
            line("through HTTP, whole", http)
            say(f"  ratio {bare.per_second / http.per_second:.1f}")
        finally:
            processes.close()
        await ranking(platform)


async def reads(port, structure):
    """Every page and its floors, round after round, so that a busy moment of the machine hits them all."""
    targets = {
        "F0 static Struct as JSON": "/bench/json",
        "F1 one row as JSON": f"/bench/json/{structure['id']}",
        "slot API": f"/api/v1/slots?structure={structure['slug']}&channel=phone",
        "F0 static page": "/bench/page",
        "F1 page with one row": f"/bench/page/{structure['id']}",
        "search page": "/recherche?ou=Bordeaux&canal=in_person",
    }
    samples = {name: [] for name in targets}
    for path in targets.values():
        await repeat(port, path, WARM_UP)
    for _ in range(ROUNDS):
        for name, path in targets.items():
            samples[name].append(await repeat(port, path, SECONDS))
    say(f"{'reads, 16 clients':<34}{'per second':>12}{'p50 ms':>9}{'p95 ms':>9}")
    found = {name: middle(of) for name, of in samples.items()}
    for name, sample in found.items():
        line(name, sample)
    for name, floors in (
        ("slot API", ("F0 static Struct as JSON", "F1 one row as JSON")),
        ("search page", ("F0 static page", "F1 page with one row")),
    ):
        ratios = [found[floor].per_second / found[name].per_second for floor in floors]
        say(f"  {name}: {ratios[0]:.1f} × F0, {ratios[1]:.1f} × F1")


async def ranking(platform):
    """90 and 10,000 sheets, against a plain loop over the same."""
    snapshot = await platform.plugins.current()
    owned = platform.board.strategies["matching_rules:rules"]
    context = platform.context(owned.plugin_id, snapshot)
    real = list(await published(platform))
    say()
    say(f"{'ranking':<34}{'ms':>12}{'plain loop ms':>15}{'ratio':>9}")
    for programmes, rounds in ((real, 21), (varied(real, 10_000), 3)):
        ours = timed(partial(owned.item.rank, context, NEED, programmes), rounds)
        loop = timed(partial(plain_loop, programmes), rounds)
        name = f"{len(programmes)} sheets"
        say(f"{name:<34}{ours * 1000:>12.1f}{loop * 1000:>15.2f}{ours / loop:>9.1f}")


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
