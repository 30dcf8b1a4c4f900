"""Pages where the coordination opens and closes structures, and decides their agreements."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import coordinator
from core.catalogue import taxonomy
from core.errors import Refused
from core.network.standing import Deed, NewStructure, act, create_structure
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class DeedForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, and for which civil year when it is an agreement."""

    deed: Deed
    year: Annotated[int, Meta(ge=2000, le=2100)] = 2000


@get("/reseau/nouvelle-structure", guards=[coordinator], include_in_schema=False)
async def new_page(request: AnyRequest) -> Response[str]:
    """An empty form."""
    return _new(request, Form())


@post("/reseau/nouvelle-structure", guards=[coordinator], include_in_schema=False)
async def create(request: AnyRequest) -> Response[Any]:
    """Makes a draft, and goes to its page, where its places and its team are added."""
    form = parse(NewStructure, await request.form())
    if form.data is None:
        return _new(request, form, status=422)
    try:
        slug = await create_structure(platform_of(request), staff_of(request), form.data)
    except Refused as refusal:
        return _new(request, form.refuse(refusal), status=422)
    return redirect(
        f"/reseau/{slug}",
        flash=_("Elle est à l’étude. Ajoutez un lieu et une équipe, puis ouvrez-la au public."),
    )


@post("/reseau/{slug:str}/etat", guards=[coordinator], include_in_schema=False)
async def decide(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Opens, closes, agrees for a year or ends it."""
    form = parse(DeedForm, await request.form())
    where = f"/reseau/{slug}#agreement-title"
    if form.data is None:
        return redirect(where, flash=_("Choisissez ce qui est proposé sur cette page."), tone="bad")
    try:
        await act(platform_of(request), staff_of(request), slug, form.data.deed, form.data.year)
    except Refused as refusal:
        return redirect(where, flash=refusal.message, tone="bad")
    said = {
        "open": _("La structure est ouverte au public."),
        "close": _("La structure est fermée : elle n’est plus proposée."),
        "agree": _("La convention %(year)d est signée : les créneaux suivent."),
        "end": _(
            "La convention %(year)d est terminée : aucun créneau n’est proposé cette année-là."
        ),
    }[form.data.deed]
    return redirect(where, flash=said % {"year": form.data.year})


def _new(request: AnyRequest, form: Form[Any], *, status: int = 200) -> Response[str]:
    values = {
        "form": form,
        "kinds": taxonomy.options("structure_kinds"),
        "departments": taxonomy.options("departments"),
    }
    return page(request, "network/new_structure.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (new_page, create, decide)
