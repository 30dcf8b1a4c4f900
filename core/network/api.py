"""JSON routes of the network."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone
from core.network import communes


class CommuneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A commune, as far as a form needs it."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    department: str


@get(
    "/api/v1/communes",
    guards=[anyone],
    cache_control=CacheControlHeader(public=True, max_age=3600),
    summary="Communes by name or postcode",
)
async def search_communes(
    request: Request[Any, Any, Any], q: FromQuery[str] = ""
) -> list[CommuneAnswer]:
    """The communes that `q` may mean, best first, eight at most: accents and typing mistakes are forgiven."""
    found = await communes.search_communes(request.app.state.platform, q)
    return [
        CommuneAnswer(
            insee=commune.insee,
            name=commune.name,
            postcodes=commune.postcodes,
            department=commune.department,
        )
        for commune in found
    ]


routes: tuple[ControllerRouterHandler, ...] = (search_communes,)
