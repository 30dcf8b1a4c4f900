"""`somobilite serve`. Apart, for it watches over processes that load the application, and does not load it itself."""

import asyncio

import click

from core import serve as server
from core.cli.running import require_schema_of, settings_from


@click.command()
@click.option("--port", type=int, help="Port to listen on, over [server] port.")
@click.option("--workers", type=click.IntRange(1), help="Processes, over [server] workers.")
def serve(*, port: int | None, workers: int | None) -> None:
    """Serve the platform.

    The schema must be up to date (`somobilite migrate`). Jobs run in `somobilite worker`, unless [server] jobs
    says that this process runs them too.
    """
    settings = settings_from(port=port, workers=workers)
    server.check_port(settings)
    with server.running_database(settings) as running:
        asyncio.run(require_schema_of(running))
        click.echo(f"So Mobilité serves {settings.public_url} (Ctrl-C stops it)")
        server.serve(running)
