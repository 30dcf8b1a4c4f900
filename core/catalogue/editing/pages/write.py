"""The form of a sheet: a new one, or the draft of one that is public; its preview, and the draft as it will read."""

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.catalogue import taxonomy
from core.catalogue.editing import drafts
from core.catalogue.editing.facts import FACTS, PARTS, language_options, options
from core.catalogue.editing.form import read_form, values_of
from core.catalogue.editing.versions import sheet_to_edit
from core.catalogue.pages import sheet_page
from core.catalogue.service import Sheet
from core.contracts.matching import Programme
from core.errors import Conflict, FriendlyError, NotFound
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_NEW = Programme(id="", title_fr="", application_mode="windows", confidence="low", version=0)
"""Of a new sheet nothing is known yet: a call whose dates are not known, and little confidence."""


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with the facts: the revision that was read, and the button that was pressed."""

    revision: int = 0
    act: str = "save"


@get("/fiches/nouvelle", guards=[advisor], include_in_schema=False)
async def new_sheet(request: AnyRequest) -> Response[str]:
    """An empty form."""
    return _form_page(request, _NEW, Form(values_of(_NEW)), 0)


@post("/fiches/nouvelle", guards=[advisor], include_in_schema=False)
async def write_new(request: AnyRequest) -> Response[str] | Redirect:
    """Begins a sheet, as a draft."""
    typed = await request.form()
    form = read_form(typed, _NEW)
    if form.data is None:
        return _form_page(request, _NEW, form, 0, 422)
    draft = await drafts.create(platform_of(request), staff_of(request), form.data)
    return await _saved(request, draft, parse(Press, typed).data or Press())


@post("/fiches/nouvelle/apercu", guards=[advisor], include_in_schema=False)
async def preview_new(request: AnyRequest) -> Response[str]:
    """The sheet as it would read; nothing is kept."""
    form = read_form(await request.form(), _NEW)
    if form.data is None:
        return _form_page(request, _NEW, form, 0, 422)
    return await _preview(request, form.data)


@get("/fiches/{programme_id:str}/modifier", guards=[advisor], include_in_schema=False)
async def edit_sheet(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """The form, filled with the draft or with what is public. Nothing is written yet."""
    platform, user = platform_of(request), staff_of(request)
    facts, revision = await sheet_to_edit(platform, programme_id)
    draft = await drafts.read_draft(platform, programme_id)
    if draft is not None and not drafts.may_edit(user, draft):
        return redirect(
            f"/fiches/{programme_id}/gestion",
            flash=_(
                "Ce brouillon n’est pas à vous, ou il est en relecture. Vous pouvez laisser un mot."
            ),
            tone="info",
        )
    return _form_page(request, facts, Form(values_of(facts)), revision)


@post("/fiches/{programme_id:str}/modifier", guards=[advisor], include_in_schema=False)
async def write_sheet(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """Writes the draft; what is public stays. A form that another overtook keeps what was typed."""
    platform, user = platform_of(request), staff_of(request)
    typed = await request.form()
    facts, _revision = await sheet_to_edit(platform, programme_id)
    form, press = read_form(typed, facts), parse(Press, typed).data or Press()
    if form.data is None:
        return _form_page(request, facts, form, press.revision, 422)
    try:
        draft = await drafts.save(platform, user, form.data, press.revision)
    except Conflict as conflict:
        return _form_page(request, facts, form.refuse(conflict), press.revision, 409)
    except FriendlyError as refusal:
        return _form_page(request, facts, form.refuse(refusal), press.revision, 422)
    return await _saved(request, draft, press)


@post("/fiches/{programme_id:str}/apercu", guards=[advisor], include_in_schema=False)
async def preview_sheet(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """The sheet as it would read; nothing is kept."""
    facts, revision = await sheet_to_edit(platform_of(request), programme_id)
    form = read_form(await request.form(), facts)
    if form.data is None:
        return _form_page(request, facts, form, revision, 422)
    return await _preview(request, form.data)


@get("/fiches/{programme_id:str}/brouillon", guards=[advisor], include_in_schema=False)
async def see_draft(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """The draft as it will read once it is public."""
    draft = await drafts.read_draft(platform_of(request), programme_id)
    if draft is None:
        raise NotFound(f"no draft of {programme_id}")
    return await _preview(request, draft.facts, kept=True)


async def _saved(request: AnyRequest, draft: drafts.Draft, press: Press) -> Redirect:
    """After a save: on with the form, or to the review. A draft that cannot be reviewed yet says why, and is kept."""
    where = f"/fiches/{draft.programme_id}/gestion"
    if press.act != "submit":
        return redirect(where, flash=_("Brouillon enregistré."))
    try:
        await drafts.submit(platform_of(request), staff_of(request), draft.programme_id)
    except FriendlyError as refusal:
        said = _("Brouillon enregistré, mais la relecture attend : %(why)s") % {
            "why": refusal.message
        }
        return redirect(where, flash=said, tone="info")
    return redirect(where, flash=_("Merci ! La coordination va relire ce brouillon."))


async def _preview(request: AnyRequest, facts: Programme, *, kept: bool = False) -> Response[str]:
    sheet = Sheet(status="draft", current=facts.version, programme=facts)
    return await sheet_page(request, sheet, preview="draft" if kept else "typed")


def _form_page(
    request: AnyRequest, facts: Programme, form: Form[Programme], revision: int, status: int = 200
) -> Response[str]:
    values = {
        "form": form,
        "sheet_id": facts.id,
        "title_before": facts.title_fr,
        "revision": revision,
        "parts": PARTS,
        "options": {fact.name: options(fact) for fact in FACTS.values() if _has_options(fact.kind)},
        "languages": language_options(),
        "levels": [(id_, f"{id_} · {label}") for id_, label in taxonomy.options("cefr")],
        "labels": _labels(),
    }
    return page(request, "catalogue/editing/form.html", values, status=status)


def _has_options(kind: str) -> bool:
    return kind in {"one", "perhaps", "many", "months"}


def _labels() -> dict[str, str]:
    """The name of each field, for the list of what is to be mended."""
    return {
        f"{fact.name}_code" if fact.kind == "language" else fact.name: _(fact.label)
        for fact in FACTS.values()
    }


routes: tuple[ControllerRouterHandler, ...] = (
    new_sheet,
    write_new,
    preview_new,
    edit_sheet,
    write_sheet,
    preview_sheet,
    see_draft,
)
