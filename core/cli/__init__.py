"""The `somobilite` command."""

import os
import sys
from pathlib import Path

import click

from core.cli.demonstration import demo
from core.cli.plugins import plugin, run_plugin_command
from core.cli.serving import check, migrate, serve, worker
from core.cli.sheets import match, programmes
from core.cli.upkeep import secrets, slots, user
from core.errors import FriendlyError, SoMobiliteError


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


for _command in (
    demo,
    serve,
    worker,
    migrate,
    check,
    user,
    plugin,
    run_plugin_command,
    secrets,
    programmes,
    match,
    slots,
):
    cli.add_command(_command)


def main() -> None:
    """Entry point: an error of ours is one clear line and exit code 2, never a traceback."""
    try:
        cli()
    except SoMobiliteError as error:
        words = error.message if isinstance(error, FriendlyError) else str(error)
        click.secho(f"somobilite: {words}", fg="red", err=True)
        sys.exit(2)
