"""Static files: read at start, served from memory under an address that changes with their content."""

import gzip
import hashlib
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from core.accounts.access import anyone

# Said here and not guessed: machines differ in what they know.
_TYPES = {
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE = {"text/css", "text/javascript", "image/svg+xml", "font/ttf"}


class StaticFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its bytes, the same gzipped when that helps, its type and the hash of its content."""

    body: bytes
    zipped: bytes | None
    media_type: str
    digest: str


class StaticFiles:
    """Files by name `<owner>/<path>`; `url()` raises on a name that does not exist, so that a typo cannot ship.

    CSS files and modules may name each other by relative path: the hash stands before the owner, one for all files.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._files: dict[str, StaticFile] = {}
        for owner, folder in folders.items():
            for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if path.is_file():
                    self._files[f"{owner}/{path.relative_to(folder).as_posix()}"] = _read(path)
        everything = "".join(f"{name}{file.digest}" for name, file in self._files.items())
        self.build = hashlib.sha256(everything.encode()).hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for an unknown name."""
        self._files[name]
        return f"/static/{self.build}/{name}"

    def get(self, name: str) -> StaticFile | None:
        """The file, or None."""
        return self._files.get(name)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(
        body=body,
        zipped=gzip.compress(body, 9, mtime=0) if media_type in _COMPRESSIBLE else None,
        media_type=media_type,
        digest=hashlib.sha256(body).hexdigest(),
    )


@get("/static/{build:str}/{name:path}", guards=[anyone], include_in_schema=False)
async def static_file(
    request: Request[Any, Any, Any], build: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """A static file, to be kept for ever: another content has another address."""
    files: StaticFiles = request.app.state.static
    file = files.get(str(name).lstrip("/"))
    if file is None:
        raise NotFoundException
    fresh = build == files.build
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "vary": "accept-encoding",
    }
    body = file.body
    if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = file.zipped
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=file.media_type, headers=headers)
