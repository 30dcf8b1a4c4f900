"""`somobilite worker`, `migrate` and `check`: what runs beside the servers, and before them."""

import asyncio
import signal
import sys

import click

from core import serve as server
from core.app import set_up
from core.catalogue.service import load_programmes
from core.checks import check as run_checks
from core.cli.running import require_schema_of, settings_from, with_platform
from core.extension.stored import migration_sets
from core.network.communes import load_communes
from core.network.service import load_structures
from core.platform import Platform
from core.settings import Settings
from core.storage.migrate import migrate as apply_migrations
from core.worker import run_worker

_MARKS = {"ok": ("✓", "green"), "degraded": ("!", "yellow"), "failing": ("✗", "red")}


@click.command()
def worker() -> None:
    """Deliver events and messages, run the jobs.

    Works until told to stop. Any number of workers may run, on any number of machines.
    """
    with server.running_database(settings_from()) as running:
        asyncio.run(require_schema_of(running))
        asyncio.run(_work(running))


@click.command()
def migrate() -> None:
    """Bring the schema and the reference data up to date.

    Safe to run at every deployment, on several machines at once. Communes, programme sheets and structures (as
    drafts) that are missing are added; nothing that was edited is overwritten.
    """
    failed: dict[str, str] = {}

    async def bring_up_to_date(platform: Platform) -> None:
        applied = await apply_migrations(
            platform.db,
            migration_sets(platform.board),
            on_applied=lambda migration: click.echo(f"  {migration.owner}/{migration.name}"),
            on_failed=lambda owner, error: failed.update({owner: str(error)}),
        )
        click.echo(
            f"Schema: {len(applied)} migrations applied." if applied else "Schema: up to date."
        )
        await load_communes(platform)
        await load_structures(platform)
        await load_programmes(platform)
        click.echo("Reference data: up to date.")

    with server.running_database(settings_from()) as running:
        with_platform(running, bring_up_to_date)
    for owner, problem in failed.items():
        click.secho(f"{owner} is left out: {problem}", fg="red", err=True)
    if failed:
        sys.exit(1)


@click.command()
def check() -> None:
    """Look for what would go wrong, and say how to mend it.

    Settings, key, accounts, database, schema, reference data, plugins and what they say of themselves (mail, calendars…).
    Exit code: 0 when all is well, 1 when a line is failing.
    """

    async def show(platform: Platform) -> bool:
        fine = True
        async for line in run_checks(platform):
            mark, colour = _MARKS[line.state]
            click.echo(f"{click.style(mark, fg=colour)} {line.name}: {line.detail}")
            if line.state != "ok" and line.hint:
                click.echo(f"    → {line.hint}")
            fine = fine and line.state != "failing"
        return fine

    with server.running_database(settings_from()) as running:
        fine = with_platform(running, show)
    sys.exit(0 if fine else 1)


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(set_up(settings), stop)
