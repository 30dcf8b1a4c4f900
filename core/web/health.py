"""`/healthz`: the process answers. `/readyz`: it can serve. `/metrics`: counters, for the machine itself only."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.types import ControllerRouterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.accounts.access import anyone
from core.platform import Platform

_LOOPBACK = {"127.0.0.1", "::1"}


@get("/healthz", guards=[anyone], include_in_schema=False, media_type=MediaType.TEXT)
async def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", guards=[anyone], include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The database answers and its schema is there; 503 otherwise."""
    platform: Platform = request.app.state.platform
    try:
        await platform.db.fetch_value("SELECT revision FROM plugin_revision")
    except Exception:  # whatever the reason, this process cannot serve now
        return Response({"database": "unreachable"}, status_code=503)
    return Response({"database": "ok"})


@get("/metrics", guards=[anyone], include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus counters; 404 from anywhere but the machine itself."""
    if request.client is None or request.client.host not in _LOOPBACK:
        raise NotFoundException
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


routes: tuple[ControllerRouterHandler, ...] = (healthz, readyz, metrics)
