"""The manager reads what was answered about the structure and, where the coordination delegates it, writes its own questions."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from hookspecs import NotFound, PluginContext, StructureRef, staff_of

from . import shared
from .shared import AnyRequest


@get("/")
async def show(request: AnyRequest, context: NamedDependency[PluginContext]) -> Response[str]:
    """The structure's questions, and its results."""
    structure, here = _place(context)
    may_write = _may_write(request, context)
    return await shared.overview(request, context, here, structure, may_write=may_write)


@get("/{audience:str}")
async def edit(
    request: AnyRequest, context: NamedDependency[PluginContext], audience: FromPath[str]
) -> Response[str]:
    """One questionnaire of the structure."""
    structure, here = _writable(request, context)
    return await shared.edit(request, context, here, structure, audience)


@post("/{audience:str}", status_code=303)
async def publish(
    request: AnyRequest, context: NamedDependency[PluginContext], audience: FromPath[str]
) -> Response[str] | Redirect:
    """Puts it in force."""
    structure, here = _writable(request, context)
    return await shared.publish(request, context, here, structure, audience)


def _place(context: PluginContext) -> tuple[StructureRef, str]:
    assert context.structure is not None
    return context.structure, f"/s/{context.structure.slug}/p/questionnaires/"


def _may_write(request: AnyRequest, context: PluginContext) -> bool:
    return context.delegated or staff_of(request).is_coordination


def _writable(request: AnyRequest, context: PluginContext) -> tuple[StructureRef, str]:
    """Raises `NotFound` while the coordination keeps the questions to itself."""
    if not _may_write(request, context):
        raise NotFound("not delegated to structures")
    return _place(context)


HANDLERS: tuple[Any, ...] = (show, edit, publish)
