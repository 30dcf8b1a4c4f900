"""The coordination writes the region's questions and reads what was answered everywhere."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from hookspecs import PluginContext

from . import shared
from .shared import AnyRequest

HERE = "/p/questionnaires/"


@get("/")
async def show(request: AnyRequest, context: NamedDependency[PluginContext]) -> Response[str]:
    """The region's questions, and the results."""
    return await shared.overview(request, context, HERE, None, may_write=True)


@get("/{audience:str}")
async def edit(
    request: AnyRequest, context: NamedDependency[PluginContext], audience: FromPath[str]
) -> Response[str]:
    """One questionnaire of the region."""
    return await shared.edit(request, context, HERE, None, audience)


@post("/{audience:str}", status_code=303)
async def publish(
    request: AnyRequest, context: NamedDependency[PluginContext], audience: FromPath[str]
) -> Response[str] | Redirect:
    """Puts it in force."""
    return await shared.publish(request, context, HERE, None, audience)


HANDLERS: tuple[Any, ...] = (show, edit, publish)
