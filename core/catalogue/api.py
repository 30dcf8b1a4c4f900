"""JSON routes of the catalogue. What is for the team only (confidence, notes) stays out of them."""

from litestar import get
from litestar.dto import DTOConfig, MsgspecDTO
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone
from core.catalogue import service
from core.catalogue.service import READABLE, Filters
from core.contracts.matching import Programme
from core.errors import NotFound
from core.web.pages import AnyRequest, platform_of


class PublicProgramme(MsgspecDTO[Programme]):
    """The facts of a sheet, without what the team thinks of them."""

    config = DTOConfig(exclude={"confidence", "notes"}, max_nested_depth=2)


@get(
    "/api/v1/programmes",
    guards=[anyone],
    return_dto=PublicProgramme,
    summary="Published programme sheets",
)
async def list_programmes(
    request: AnyRequest,
    q: FromQuery[str] = "",
    domain: FromQuery[str] = "",
    zone: FromQuery[str] = "",
) -> list[Programme]:
    """Every published sheet, by title; `q` looks for words without accents, `domain` and `zone` are taxonomy ids."""
    filters = Filters(text=q[:100], domain=domain, zone=zone)
    return list(await service.list_programmes(platform_of(request), filters))


@get(
    "/api/v1/programmes/{programme_id:str}",
    guards=[anyone],
    return_dto=PublicProgramme,
    summary="One programme sheet",
)
async def read_programme(
    request: AnyRequest, programme_id: FromPath[str], version: FromQuery[int | None] = None
) -> Programme:
    """The facts of a sheet, now or at a version. A draft is not found."""
    sheet = await service.read_sheet(platform_of(request), programme_id, version)
    if sheet.status not in READABLE:
        raise NotFound("a draft")
    return sheet.programme


routes: tuple[ControllerRouterHandler, ...] = (list_programmes, read_programme)
