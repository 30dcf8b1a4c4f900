"""The `somobilite` command."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from core.errors import FriendlyError, SoMobiliteError

_COMMANDS = {
    "check": ("core.cli.serving", "check"),
    "demo": ("core.cli.demonstration", "demo"),
    "match": ("core.cli.sheets", "match"),
    "migrate": ("core.cli.serving", "migrate"),
    "plugin": ("core.cli.plugins", "plugin"),
    "programmes": ("core.cli.sheets", "programmes"),
    "run": ("core.cli.plugins", "run_plugin_command"),
    "secrets": ("core.cli.upkeep", "secrets"),
    "serve": ("core.cli.server", "serve"),
    "slots": ("core.cli.upkeep", "slots"),
    "user": ("core.cli.upkeep", "user"),
    "worker": ("core.cli.serving", "worker"),
}


class Commands(click.Group):
    """The commands, each imported when it is asked for: who serves need not wait for what others work with."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
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


def main() -> None:
    """Entry point: an error of ours is one clear line and exit code 2, never a traceback."""
    try:
        cli()
    except SoMobiliteError as error:
        words = error.message if isinstance(error, FriendlyError) else str(error)
        click.secho(f"somobilite: {words}", fg="red", err=True)
        sys.exit(2)
