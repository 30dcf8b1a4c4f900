"""Two versions of a sheet side by side, and an older one taken up again."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor
from core.catalogue import service
from core.catalogue.editing import drafts, versions
from core.catalogue.editing.compare import compare
from core.contracts.matching import Programme
from core.errors import FriendlyError, NotFound
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The two to compare: numbers of versions, or `brouillon`."""

    avant: Annotated[str, Meta(max_length=10)] = ""
    apres: Annotated[str, Meta(max_length=10)] = ""


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A version."""

    version: Annotated[int, Meta(ge=1, le=99_999)]


@get("/fiches/{programme_id:str}/versions", guards=[advisor], include_in_schema=False)
async def side_by_side(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """What changed from one version to another; the last two, or the draft against what is public, unless said otherwise."""
    platform = platform_of(request)
    every = await versions.list_versions(platform, programme_id)
    if not every:
        raise NotFound(f"no version of {programme_id}")
    draft = await drafts.read_draft(platform, programme_id)
    numbers = [str(one.number) for one in every]
    known = (["brouillon"] if draft else []) + numbers
    asked = parse(Pair, request.query_params).data or Pair()
    after = asked.apres if asked.apres in known else known[0]
    before = asked.avant if asked.avant in known else known[min(1, len(known) - 1)]

    async def facts(name: str) -> Programme:
        if name == "brouillon" and draft is not None:
            return draft.facts
        return await service.read_programme(platform, programme_id, int(name))

    values = {
        "form": Form({"avant": before, "apres": after}),
        "sheet_id": programme_id,
        "title": every[0].title,
        "before": before,
        "after": after,
        "changes": compare(await facts(before), await facts(after)),
        "choices": [(name, _name(name)) for name in known],
        "names": {name: _name(name) for name in known},
        "restorable": before if before in numbers and before != numbers[0] and not draft else "",
    }
    return page(request, "catalogue/editing/versions.html", values)


@post("/fiches/{programme_id:str}/versions", guards=[advisor], include_in_schema=False)
async def restore(request: AnyRequest, programme_id: FromPath[str]) -> Redirect:
    """A draft that says what an older version said; it is published like any other."""
    form = parse(Number, await request.form())
    here = f"/fiches/{programme_id}/gestion"
    if form.data is None:
        return redirect(here, flash=_("Choisissez la version à reprendre."), tone="bad")
    try:
        await versions.restore(
            platform_of(request), staff_of(request), programme_id, form.data.version
        )
    except FriendlyError as refusal:
        return redirect(here, flash=refusal.message, tone="bad")
    said = _("Un brouillon reprend la version %(number)d : relisez-le avant de le publier.")
    return redirect(here, flash=said % {"number": form.data.version})


def _name(name: str) -> str:
    if name == "brouillon":
        return _("Brouillon")
    return _("Version %(number)s") % {"number": name}


routes: tuple[ControllerRouterHandler, ...] = (side_by_side, restore)
