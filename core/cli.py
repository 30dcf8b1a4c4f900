"""The `somobilite` command."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Literal, TypeVar

import click

from core import serve as serving
from core.accounts import service as accounts
from core.accounts.sessions import read_user
from core.agenda.service import rebuild
from core.authoring.commands import check_plugin, new_plugin
from core.catalogue.editing import records, transfer
from core.catalogue.editing.compare import in_a_line
from core.catalogue.service import load_programmes
from core.checks import check as run_checks
from core.demo import service as demo_service
from core.demo.accounts import DEMO_PASSWORD, demo_accounts
from core.errors import FriendlyError, SettingsError, SoMobiliteError
from core.extension.commands import list_commands, run_command
from core.extension.overview import list_plugins
from core.extension.secrets import rotate
from core.extension.stored import list_stored, migration_sets, purge
from core.logs import configure_logging
from core.matching import lab
from core.network.communes import load_communes
from core.network.members import add_member
from core.network.service import load_structures
from core.platform import Platform
from core.settings import Settings, load_settings
from core.storage.migrate import migrate as apply_migrations
from core.storage.migrate import pending
from core.worker import run_worker

T = TypeVar("T")
_MARKS = {"ok": ("✓", "green"), "degraded": ("!", "yellow"), "failing": ("✗", "red")}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="somobilite", message="So Mobilité %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file of your own, over the defaults (also: SOMOBILITE_CONFIG).",
)
def cli(config: Path | None) -> None:
    """So Mobilité: young people book an advisor and leave with a roadmap abroad.

    Begin with `somobilite demo`. Every setting is explained in config/somobilite.toml and may be given as a
    SOMOBILITE_* variable; without DATABASE_URL a private PostgreSQL runs in the data folder.
    """
    if config is not None:
        os.environ["SOMOBILITE_CONFIG"] = str(config)


@cli.command()
@click.option("--reset", is_flag=True, help="Forget the demonstration data and start over.")
@click.option("--port", type=int, help="Port to listen on [default: 8000].")
def demo(*, reset: bool, port: int | None) -> None:
    """Serve a lively demonstration, with invented people.

    Starts the embedded database, loads what is missing and serves on http://127.0.0.1:8000, jobs included.
    The data is kept from one run to the next.
    """
    asked = load_settings()
    if asked.database.url and not asked.demo:
        raise SettingsError(
            "DATABASE_URL names a database that is not a demonstration's: unset it, "
            "or set SOMOBILITE_DEMO=true to fill that database with invented people"
        )
    os.environ["SOMOBILITE_DEMO"] = "true"
    os.environ["SOMOBILITE_SERVER_JOBS"] = "true"
    os.environ.setdefault("SOMOBILITE_LOG_LEVEL", "warning")
    settings = _settings(port=port)
    serving.check_port(settings)
    click.secho("So Mobilité", bold=True)
    steps = _Steps()
    steps.begin("Base de données…")
    with serving.running_database(settings, fresh=reset) as running:

        async def prepare(platform: Platform) -> str:
            await apply_migrations(platform.db, migration_sets(platform.board))
            await demo_service.prepare(platform, steps.begin)
            return await _who(platform)

        who = _with_platform(running, prepare)
        steps.begin("Serveur…")

        def ready() -> None:
            steps.end()
            click.echo(_welcome(running, who))

        serving.serve(running, when_ready=ready)
    click.echo("À bientôt. Vos données de démonstration sont gardées.")


@cli.command()
@click.option("--port", type=int, help="Port to listen on, over [server] port.")
@click.option("--workers", type=click.IntRange(1), help="Processes, over [server] workers.")
def serve(*, port: int | None, workers: int | None) -> None:
    """Serve the platform.

    The schema must be up to date (`somobilite migrate`). Jobs run in `somobilite worker`, unless [server] jobs
    says that this process runs them too.
    """
    settings = _settings(port=port, workers=workers)
    serving.check_port(settings)
    with serving.running_database(settings) as running:
        _with_platform(running, _require_schema)
        click.echo(f"So Mobilité serves {settings.public_url} (Ctrl-C stops it)")
        serving.serve(running)


@cli.command()
def worker() -> None:
    """Deliver events and messages, run the jobs.

    Works until told to stop. Any number of workers may run, on any number of machines.
    """
    with serving.running_database(_settings()) as running:
        _with_platform(running, _require_schema)
        asyncio.run(_work(running))


@cli.command()
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

    with serving.running_database(_settings()) as running:
        _with_platform(running, bring_up_to_date)
    for owner, problem in failed.items():
        click.secho(f"{owner} is left out: {problem}", fg="red", err=True)
    if failed:
        sys.exit(1)


@cli.group()
def user() -> None:
    """Manage the accounts of staff."""


@user.command("create")
@click.option("--email", prompt="E-mail", help="The address to sign in with.")
@click.option("--name", prompt="Name", help="As colleagues read it.")
@click.option(
    "--role",
    type=click.Choice(["coordinator", "admin"]),
    help="For the region's coordination; leave it out for staff of a structure.",
)
@click.option("--structure", metavar="SLUG", help="Make them a member of this structure.")
@click.option(
    "--as",
    "place",
    type=click.Choice(["advisor", "manager"]),
    default="advisor",
    show_default=True,
    help="Their place in the structure.",
)
@click.option("--trained", is_flag=True, help="Their training is validated: youths may book them.")
@click.password_option(help="Asked for when left out, which is better.")
def user_create(
    *,
    email: str,
    name: str,
    role: Literal["coordinator", "admin"] | None,
    structure: str | None,
    place: Literal["advisor", "manager"],
    trained: bool,
    password: str,
) -> None:
    """Create an account, and its place in a structure."""

    async def create(platform: Platform) -> None:
        await _require_schema(platform)
        async with platform.db.atomic():
            account_id = await accounts.create_account(
                platform, email=email, name=name, password=password, region_role=role
            )
            if structure is not None:
                await add_member(
                    platform, account_id, structure, role=place, name=name, trained=trained
                )
        click.echo(f"{name} may sign in at {platform.settings.public_url}/connexion")

    with serving.running_database(_settings()) as running:
        _with_platform(running, create)


@cli.group()
def plugin() -> None:
    """See what is plugged in, write a plugin, say how good one is."""


@plugin.command("list")
def plugin_list() -> None:
    """List every plugin that was found, and why one is not loaded."""

    async def show(platform: Platform) -> None:
        await _require_schema(platform)
        lines = await list_plugins(platform)
        width = max(len(line.id) for line in lines)
        for line in lines:
            tone = "green" if line.state == "loaded" else "red"
            where = f"on in {len(line.on_in)} structures" if line.id != "core" else "always on"
            click.echo(
                f"{line.id:<{width}}  {line.version or '-':<8} {click.style(f'{line.state:<12}', fg=tone)} "
                f"{line.policy or '-':<11} {where if line.state == 'loaded' else line.reason}"
            )

    with serving.running_database(_settings()) as running:
        _with_platform(running, show)


plugin.add_command(new_plugin)
plugin.add_command(check_plugin)


@plugin.command("data")
def plugin_data() -> None:
    """List what each plugin keeps, packages gone or not."""

    async def show(platform: Platform) -> None:
        await _require_schema(platform)
        for data in await list_stored(platform):
            state = "loaded" if data.loaded else "not loaded"
            click.echo(f"{data.plugin_id} ({state}): {data.own_rows} switches and settings")
            for name, rows in data.tables:
                click.echo(f"  {name}  {rows} rows")

    with serving.running_database(_settings()) as running:
        _with_platform(running, show)


@plugin.command("purge")
@click.argument("plugin_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def plugin_purge(plugin_id: str, *, yes: bool) -> None:
    """Remove all that a plugin keeps in the database.

    Its tables, switches and settings go. It must be on nowhere, or its package gone. There is no way back but a backup.
    """
    if not yes:
        click.confirm(f"Remove everything that {plugin_id} keeps?", abort=True)

    async def remove(platform: Platform) -> None:
        await _require_schema(platform)
        data = await purge(platform, plugin_id)
        rows = sum(count for _, count in data.tables)
        click.echo(
            f"Removed {len(data.tables)} tables ({rows} rows) and {data.own_rows} switches and settings."
        )

    with serving.running_database(_settings()) as running:
        _with_platform(running, remove)


@cli.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("key", required=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def run_plugin_command(key: str | None, words: tuple[str, ...]) -> None:
    """Run a command that a plugin brings, by its key.

    `somobilite run <plugin>:<name> [words…]`; without a key, the commands are listed.
    """

    async def run(platform: Platform) -> None:
        await _require_schema(platform)
        click.echo(
            list_commands(platform) if key is None else await run_command(platform, key, words)
        )

    with serving.running_database(_settings()) as running:
        _with_platform(running, run)


@cli.group()
def secrets() -> None:
    """Look after what is kept encrypted."""


@secrets.command("rotate")
def secrets_rotate() -> None:
    """Encrypt every kept secret anew, under the first of `sealing_keys`.

    Put the new key first in the settings of every process, restart them, run this, then take the old key away. Exit code: 1
    when a secret opens with none of the keys: it has to be typed again.
    """

    async def seal_anew(platform: Platform) -> bool:
        await _require_schema(platform)
        done = await rotate(platform)
        click.echo(f"{done.sealed} secrets encrypted anew, {done.already} already were.")
        for where in done.lost:
            click.secho(f"{where}: no present key opens it; type it again.", fg="red")
        return not done.lost

    with serving.running_database(_settings()) as running:
        fine = _with_platform(running, seal_anew)
    sys.exit(0 if fine else 1)


@cli.group()
def programmes() -> None:
    """Move programme sheets in and out."""


@programmes.command("export")
@click.argument("file", type=click.File("wb"), default="-")
@click.option(
    "--format", "kind", type=click.Choice(["json", "csv"]), default="json", show_default=True
)
def programmes_export(file: IO[bytes], kind: str) -> None:
    """Write every sheet that was published once, at its current version.

    To standard output unless a FILE is named. Imported as it is, it changes nothing.
    """

    async def export(platform: Platform) -> None:
        await _require_schema(platform)
        sheets = await transfer.list_public(platform)
        file.write(records.to_csv(sheets) if kind == "csv" else records.to_json(sheets))

    with serving.running_database(_settings()) as running:
        _with_platform(running, export)


@programmes.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--apply", "email", metavar="EMAIL", help="Do it, in the name of this coordinator.")
@click.option("--publish", is_flag=True, help="Publish at once instead of leaving drafts.")
def programmes_import(file: IO[bytes], *, email: str | None, publish: bool) -> None:
    """Read sheets from a JSON or CSV file, and say line by line what becomes of them.

    Nothing is written without --apply. Exit code: 1 when a line is refused.
    """

    async def bring_in(platform: Platform) -> bool:
        await _require_schema(platform)
        found = records.read_file(file.read())
        if email is None:
            lines = await transfer.try_import(platform, found, publish=publish)
        else:
            user = await read_user(platform, email)
            if user is None or not user.is_coordination:
                raise SettingsError(f"{email} is not the address of a coordinator's account")
            lines = await transfer.apply_import(platform, user, found, publish=publish)
        for line in lines:
            if line.what != "unchanged":
                said = [line.reason] if line.reason else map(in_a_line, line.changes)
                click.echo(
                    f"{line.number:>4}  {line.what:<9}  {line.id}  {' · '.join(said)}".rstrip()
                )
        counts = Counter(line.what for line in lines)
        click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
        return not counts["refused"]

    with serving.running_database(_settings()) as running:
        fine = _with_platform(running, bring_in)
    sys.exit(0 if fine else 1)


@cli.group()
def match() -> None:
    """Try the ways in which sheets are matched with youths."""


@match.command("lab")
@click.option("--past", is_flag=True, help="On past interviews instead of the invented youths.")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="KEY[:WEIGHT]…",
    help="Only these; several joined by + are a blend: matching_rules:rules=70+matching_text:words=30.",
)
def match_lab(*, past: bool, strategies: tuple[str, ...]) -> None:
    """Compare the strategies side by side: what each finds, what it must not show, how long it takes.

    A curve tells the share of the expected sheets among the first 1 to 20. Exit code: 1 when a strategy fails.
    """

    async def compare(platform: Platform) -> bool:
        await _require_schema(platform)
        cases = await (lab.past_cases(platform) if past else lab.example_cases(platform))
        known = platform.board.strategies
        report = await lab.compare(platform, cases, lab.entrants(strategies or tuple(known), known))
        click.echo(
            f"{report.cases} youths, {report.expected} expected sheets, {report.sheets} published\n"
        )
        width = max(len(result.label) for result in report.results)
        for result in report.results:
            if result.problem:
                click.secho(f"{result.label:<{width}}  {result.problem}", fg="red")
                continue
            wrong = f"{len(result.violations):>3} shown wrongly"
            click.echo(
                f"{result.label:<{width}}  {result.found:>4} found in {lab.FIRST}  {lab.sparkline(result)}"
                f"  {click.style(wrong, fg='red' if result.violations else 'green')}"
                f"  {1000 * result.seconds:6.2f} ms"
            )
        return not any(result.problem for result in report.results)

    with serving.running_database(_settings()) as running:
        fine = _with_platform(running, compare)
    sys.exit(0 if fine else 1)


@cli.group()
def slots() -> None:
    """Look after the times that are offered."""


@slots.command("rebuild")
def slots_rebuild() -> None:
    """Compute every advisor's times again, and say what changed.

    On a healthy database nothing does. Appointments are never touched. Exit code: 1 when an advisor could not be
    refreshed (the log says why).
    """

    async def refresh(platform: Platform) -> bool:
        await _require_schema(platform)
        found = await rebuild(platform)
        done = [difference for difference in found if difference is not None]
        changed = [one for one in done if one.written or one.removed]
        for one in changed:
            click.echo(f"  {one.advisor}: {one.written} written, {one.removed} removed")
        click.echo(f"{len(done)} advisors refreshed, {len(changed)} changed.")
        if len(done) < len(found):
            click.secho(f"{len(found) - len(done)} advisors could not be refreshed.", fg="red")
        return len(done) == len(found)

    with serving.running_database(_settings()) as running:
        fine = _with_platform(running, refresh)
    sys.exit(0 if fine else 1)


@cli.command()
def check() -> None:
    """Look for what would go wrong, and say how to mend it.

    Settings, key, database, schema, reference data, plugins and what they say of themselves (mail, calendars…).
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

    with serving.running_database(_settings()) as running:
        fine = _with_platform(running, show)
    sys.exit(0 if fine else 1)


def main() -> None:
    """Entry point: an error of ours is one clear line and exit code 2, never a traceback."""
    try:
        cli()
    except SoMobiliteError as error:
        words = error.message if isinstance(error, FriendlyError) else str(error)
        click.secho(f"somobilite: {words}", fg="red", err=True)
        sys.exit(2)


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(serving.platform_of(settings), stop)


def _settings(*, port: int | None = None, workers: int | None = None) -> Settings:
    """The settings, with what the command line says, also for the processes that we start."""
    if port is not None:
        os.environ["SOMOBILITE_SERVER_PORT"] = str(port)
    if workers is not None:
        os.environ["SOMOBILITE_SERVER_WORKERS"] = str(workers)
    settings = load_settings()
    configure_logging(settings)
    return settings


def _with_platform(settings: Settings, work: Callable[[Platform], Awaitable[T]]) -> T:
    """Runs `work` with an open platform, to its end."""

    async def run() -> T:
        async with serving.open_platform(settings) as platform:
            return await work(platform)

    return asyncio.run(run())


async def _require_schema(platform: Platform) -> None:
    missing = await pending(platform.db, migration_sets(platform.board))
    missing = [migration for migration in missing if migration.owner == "core"]
    if missing:
        raise SettingsError(
            f"the database is not up to date ({len(missing)} migrations): run `somobilite migrate`"
        )


async def _who(platform: Platform) -> str:
    """Who may sign in, one a line."""
    found = await demo_accounts(platform)
    width = max((len(account.email) for account in found), default=0)
    return "\n".join(f"    {account.email:<{width}}  {account.role}" for account in found)


def _welcome(settings: Settings, who: str) -> str:
    """What one reads when the demonstration is ready."""
    address = settings.public_url
    title = click.style(f"  {address}  ", fg="black", bg="yellow", bold=True)
    return (
        f"\n  {title}\n\n"
        f"  {click.style('Jeune', bold=True)}            {address}/\n"
        f"  {click.style('Équipe', bold=True)}           {address}/connexion\n"
        f"  {click.style('Courriels gardés', bold=True)} {address}/-/mail\n\n"
        f"  Mot de passe de tout le monde : {click.style(DEMO_PASSWORD, bold=True)}\n{who}\n\n"
        "  Ctrl-C arrête la démonstration ; ses données restent.\n"
    )


class _Steps:
    """Says what is going on while one waits, and how long each step took."""

    def __init__(self) -> None:
        self._label = ""
        self._since = 0.0

    def begin(self, label: str) -> None:
        """Ends the step under way and begins another."""
        self.end()
        self._label, self._since = label, time.monotonic()
        if sys.stdout.isatty():
            click.echo(f"  · {label}", nl=False)

    def end(self) -> None:
        """Ends the step under way."""
        if self._label:
            start = "\r" if sys.stdout.isatty() else ""
            mark = click.style("✓", fg="green")
            click.echo(f"{start}  {mark} {self._label} {time.monotonic() - self._since:.1f} s")
            self._label = ""
