"""`somobilite plugin` and `run`: what is plugged in, and its own commands."""

import click

from core import serve as server
from core.authoring.commands import check_plugin, new_plugin, plugin_docs, plugin_texts
from core.cli.running import require_schema, settings_from, with_platform
from core.extension.commands import list_commands, run_command
from core.extension.overview import list_plugins
from core.extension.stored import list_stored, purge
from core.platform import Platform


@click.group()
def plugin() -> None:
    """See what is plugged in, write a plugin, say how good one is."""


@plugin.command("list")
def plugin_list() -> None:
    """List every plugin that was found, and why one is not loaded."""

    async def show(platform: Platform) -> None:
        await require_schema(platform.db)
        lines = await list_plugins(platform)
        width = max(len(line.id) for line in lines)
        for line in lines:
            tone = "green" if line.state == "loaded" else "red"
            where = f"on in {len(line.on_in)} structures" if line.id != "core" else "always on"
            click.echo(
                f"{line.id:<{width}}  {line.version or '-':<8} {click.style(f'{line.state:<12}', fg=tone)} "
                f"{line.policy or '-':<11} {where if line.state == 'loaded' else line.reason}"
            )
            for announcement in line.deprecated:
                click.secho(f"{'':<{width}}  {announcement}", fg="yellow")

    with server.running_database(settings_from()) as running:
        with_platform(running, show)


@plugin.command("data")
def plugin_data() -> None:
    """List what each plugin keeps, packages gone or not."""

    async def show(platform: Platform) -> None:
        await require_schema(platform.db)
        for data in await list_stored(platform):
            state = "loaded" if data.loaded else "not loaded"
            click.echo(f"{data.plugin_id} ({state}): {data.own_rows} switches and settings")
            for name, rows in data.tables:
                click.echo(f"  {name}  {rows} rows")

    with server.running_database(settings_from()) as running:
        with_platform(running, show)


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
        await require_schema(platform.db)
        data = await purge(platform, plugin_id)
        rows = sum(count for _, count in data.tables)
        click.echo(
            f"Removed {len(data.tables)} tables ({rows} rows) and {data.own_rows} switches and settings."
        )

    with server.running_database(settings_from()) as running:
        with_platform(running, remove)


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("key", required=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def run_plugin_command(key: str | None, words: tuple[str, ...]) -> None:
    """Run a command that a plugin brings, by its key.

    `somobilite run <plugin>:<name> [words…]`; without a key, the commands are listed.
    """

    async def run(platform: Platform) -> None:
        await require_schema(platform.db)
        click.echo(
            list_commands(platform) if key is None else await run_command(platform, key, words)
        )

    with server.running_database(settings_from()) as running:
        with_platform(running, run)


plugin.add_command(new_plugin)
plugin.add_command(plugin_texts)
plugin.add_command(plugin_docs)
plugin.add_command(check_plugin)
