"""`somobilite demo`."""

import os
import sys
import time
from http.client import HTTPConnection
from threading import Thread

import click

from core import serve as server
from core.cli.running import settings_from, with_platform
from core.demo import service as demo_service
from core.demo.accounts import DEMO_PASSWORD, demo_accounts
from core.errors import SettingsError
from core.extension.stored import migration_sets
from core.platform import Platform
from core.settings import Settings, load_settings
from core.storage.migrate import migrate as apply_migrations


@click.command()
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
    os.environ.setdefault("SOMOBILITE_ACCOUNTS_SECOND_FACTOR", "offered")  # the password will do
    os.environ.setdefault("SOMOBILITE_LOG_LEVEL", "warning")
    settings = settings_from(port=port)
    server.check_port(settings)
    click.secho("So Mobilité", bold=True)
    steps = _Steps()
    steps.begin("Base de données…")
    with server.running_database(settings, fresh=reset) as running:

        async def prepare(platform: Platform) -> str:
            await apply_migrations(platform.db, migration_sets(platform.board))
            await demo_service.prepare(platform, steps.begin)
            return await _who(platform)

        who = with_platform(running, prepare)
        steps.begin("Serveur…")

        def welcome() -> None:
            if _is_answered(running):
                steps.end()
                click.echo(_welcome(running, who))

        server.serve(running, on_start=Thread(target=welcome, daemon=True).start)
    click.echo("À bientôt. Vos données de démonstration sont gardées.")


def _is_answered(settings: Settings) -> bool:
    """Knocks until a worker answers; gives up after a minute, when granian has said why."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = HTTPConnection(settings.server.host, settings.server.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return True
        finally:
            connection.close()
    return False


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
