"""Where a sheet stands, and every gesture on it: its draft, its review, who answers for it, its links, its versions, its journal."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import advisor, coordinator
from core.catalogue import service
from core.catalogue.editing import checks, drafts, journal, labels, links, listing, upkeep, versions
from core.catalogue.editing.compare import compare
from core.catalogue.editing.pages.desk import row_view
from core.errors import FriendlyError, NotFound
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_Word = Annotated[str, Meta(max_length=2000)]


class DraftStep(msgspec.Struct, frozen=True, kw_only=True):
    """What an author does with a draft; anyone may leave a word."""

    step: Literal["submit", "withdraw", "comment", "discard"]
    word: _Word = ""


class ReviewStep(msgspec.Struct, frozen=True, kw_only=True):
    """What the coordination does with a draft."""

    step: Literal["send_back", "approve", "publish"]
    word: _Word = ""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for a sheet, and until when it may be believed."""

    in_charge: UUID | None = None
    verify_before: date | None = None


class ShelfChange(msgspec.Struct, frozen=True, kw_only=True):
    """The step that a published sheet goes to."""

    status: upkeep.Shelf


@get("/fiches/{programme_id:str}/gestion", guards=[advisor], include_in_schema=False)
async def manage(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """Where the sheet stands."""
    return await _page(request, programme_id, Form())


@post("/fiches/{programme_id:str}/brouillon", guards=[advisor], include_in_schema=False)
async def step(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """Asks for a review, takes the draft back, leaves a word, or drops the draft."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(DraftStep, await request.form())
    if form.data is None:
        return await _page(request, programme_id, form, 422)
    here, word = f"/fiches/{programme_id}/gestion", form.data.word
    try:
        match form.data.step:
            case "submit":
                await drafts.submit(platform, user, programme_id, word)
                return redirect(here, flash=_("Merci ! La coordination va relire ce brouillon."))
            case "withdraw":
                await drafts.withdraw(platform, user, programme_id)
                return redirect(here, flash=_("Le brouillon est de nouveau à vous."))
            case "comment":
                await drafts.comment(platform, user, programme_id, word)
                return redirect(here, flash=_("Votre mot est dans le journal de la fiche."))
            case "discard":
                stays = await drafts.discard(platform, user, programme_id)
                return redirect(here if stays else "/fiches", flash=_("Brouillon abandonné."))
    except FriendlyError as refusal:
        return await _page(request, programme_id, form.refuse(refusal), 422)


@post("/fiches/{programme_id:str}/relecture", guards=[coordinator], include_in_schema=False)
async def review(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """Sends a draft back with a word, approves it, or publishes it."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(ReviewStep, await request.form())
    if form.data is None:
        return await _page(request, programme_id, form, 422)
    here, word = f"/fiches/{programme_id}/gestion", form.data.word
    try:
        match form.data.step:
            case "send_back":
                await drafts.send_back(platform, user, programme_id, word)
                return redirect(here, flash=_("Le brouillon est renvoyé avec votre mot."))
            case "approve":
                await drafts.approve(platform, user, programme_id, word)
                return redirect(here, flash=_("Brouillon approuvé : il peut être publié."))
            case "publish":
                number = await versions.publish(platform, user, programme_id)
                said = _("La version %(number)d est en ligne.") % {"number": number}
                return redirect(here, flash=said)
    except FriendlyError as refusal:
        return await _page(request, programme_id, form.refuse(refusal), 422)


@post("/fiches/{programme_id:str}/suivi", guards=[advisor], include_in_schema=False)
async def charge(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """Says who answers for the sheet and until when it may be believed."""
    form = parse(Charge, await request.form())
    if form.data is None:
        return await _page(request, programme_id, form, 422)
    try:
        await upkeep.assign(
            platform_of(request),
            staff_of(request),
            programme_id,
            form.data.in_charge,
            form.data.verify_before,
        )
    except FriendlyError as refusal:
        return await _page(request, programme_id, form.refuse(refusal), 422)
    return redirect(f"/fiches/{programme_id}/gestion", flash=_("C’est noté."))


@post("/fiches/{programme_id:str}/etat", guards=[coordinator], include_in_schema=False)
async def shelve(request: AnyRequest, programme_id: FromPath[str]) -> Response[str] | Redirect:
    """Proposes a published sheet, sets it aside to be verified, or archives it."""
    form = parse(ShelfChange, await request.form())
    if form.data is None:
        return await _page(request, programme_id, form, 422)
    try:
        await upkeep.move(platform_of(request), staff_of(request), programme_id, form.data.status)
    except FriendlyError as refusal:
        return await _page(request, programme_id, form.refuse(refusal), 422)
    return redirect(
        f"/fiches/{programme_id}/gestion",
        flash=_("La fiche est passée à l’état « %(status)s ».")
        % {"status": labels.status_label(form.data.status)},
    )


async def _page(
    request: AnyRequest, programme_id: str, form: Form[Any], status: int = 200
) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    row = await listing.read_row(platform, programme_id)
    if row is None:
        raise NotFound(f"no sheet {programme_id}")
    draft = await drafts.read_draft(platform, programme_id)
    public = await service.read_programme(platform, programme_id) if row.version else None
    begun: Form[Any] = Form(
        {
            "in_charge": row.in_charge or "",
            "verify_before": row.verify_before or "",
            "status": row.status,
            **form.values,
        },
        form.errors,
    )
    shown = draft.facts if draft else public
    values = {
        "form": begun,
        "view": row_view(request, row),
        "row": row,
        "draft": draft,
        "public": public,
        "may_edit": draft is None or drafts.may_edit(user, draft),
        "is_author": draft is not None and user.account_id in {draft.author, draft.in_charge},
        "missing": list(checks.missing(draft.facts).values()) if draft else [],
        "unknown": [_(fact.label) for fact in checks.unknown(shown)] if shown else [],
        "changes": compare(public, draft.facts) if draft and public else (),
        "keepers": [(str(one.id), one.name) for one in await _keepers(request, row.in_charge)],
        "links": [
            (link, labels.link_label(link.state), labels.LINK_TONES[link.state])
            for link in (await links.read_links(platform, public) if public else ())
        ],
        "versions": await versions.list_versions(platform, programme_id),
        "deeds": [
            (deed, journal.deed_label(deed))
            for deed in await journal.read_journal(platform, programme_id)
        ],
        "shelves": [
            (one, labels.status_label(one)) for one in ("published", "to_verify", "archived")
        ],
    }
    return page(request, "catalogue/editing/manage.html", values, status=status)


async def _keepers(request: AnyRequest, present: UUID | None) -> list[upkeep.Keeper]:
    """Whom the user may name: anyone for the coordination, else themself, and who it is."""
    user = staff_of(request)
    found = await upkeep.list_keepers(platform_of(request))
    if user.is_coordination:
        return list(found)
    return [one for one in found if one.id in {user.account_id, present}]


routes: tuple[ControllerRouterHandler, ...] = (manage, step, review, charge, shelve)
