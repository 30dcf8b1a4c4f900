"""The team's lists: every sheet with where it stands, and those that want a look."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import CurrentUser, advisor
from core.catalogue import taxonomy
from core.catalogue.editing import labels, listing, upkeep
from core.catalogue.editing.listing import Row, Wanted
from core.catalogue.service import STATUSES
from core.clock import local_date
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of
from core.web.templating import day


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the team's list. `charge`: `moi`, `personne` or an account."""

    q: Annotated[str, Meta(max_length=100)] = ""
    domaine: str = ""
    etat: str = ""
    brouillon: str = ""
    charge: str = ""
    liens: str = ""
    confiance: str = ""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go back to after a press."""

    retour: str = ""


async def desk(request: AnyRequest) -> Response[str]:
    """Every sheet at every step of its life."""
    platform, user = platform_of(request), staff_of(request)
    form: Form[Search] = parse(Search, request.query_params)
    search = form.data or Search()
    rows = await listing.list_rows(platform, _wanted(search, user))
    keepers = [(str(one.id), one.name) for one in await upkeep.list_keepers(platform)]
    values = {
        "form": form,
        "is_filtered": search != Search(),
        "is_narrowed": search != Search(q=search.q),
        "rows": [row_view(request, row) for row in rows],
        "due": len(await listing.list_to_verify(platform)),
        "domains": taxonomy.options("domains"),
        "statuses": [(status, labels.status_label(status)) for status in STATUSES],
        "drafts": [
            ("draft", _("Avec un brouillon")),
            ("in_review", _("Avec une relecture à faire")),
        ],
        "keepers": [("moi", _("Moi")), ("personne", _("Personne")), *keepers],
        "links": [(state, labels.link_label(state)) for state in labels.LINK_TONES],
        "confidences": taxonomy.options("confidence"),
    }
    return page(request, "catalogue/editing/desk.html", values)


@get("/fiches/a-verifier", guards=[advisor], include_in_schema=False)
async def to_verify(request: AnyRequest) -> Response[str]:
    """The sheets that want a look, the most urgent first; `charge=moi` for one's own."""
    user = staff_of(request)
    mine = request.query_params.get("charge") == "moi"
    rows = await listing.list_to_verify(platform_of(request), user.account_id if mine else None)
    values = {
        "rows": [row_view(request, row) for row in rows],
        "mine": mine,
    }
    return page(request, "catalogue/editing/to_verify.html", values)


@post("/fiches/{programme_id:str}/exact", guards=[advisor], include_in_schema=False)
async def still_right(request: AnyRequest, programme_id: FromPath[str]) -> Redirect:
    """« Toujours exact », in one press."""
    until = await upkeep.confirm(platform_of(request), staff_of(request), programme_id)
    where = parse(Where, await request.form()).data or Where()
    back = {
        "a-verifier": "/fiches/a-verifier",
        "moi": "/fiches/a-verifier?charge=moi",
    }.get(where.retour, f"/fiches/{programme_id}/gestion")
    return redirect(
        back, flash=_("Merci ! La fiche est bonne jusqu’au %(day)s.") % {"day": day(until)}
    )


def row_view(request: AnyRequest, row: Row) -> dict[str, Any]:
    """What a list says of a sheet."""
    platform, user = platform_of(request), staff_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    late = row.verify_before is not None and row.verify_before < today
    return {
        "row": row,
        "href": f"/fiches/{row.id}/gestion" if row.version == 0 else f"/fiches/{row.id}",
        "status": labels.status_label(row.status),
        "status_tone": labels.STATUS_TONES.get(row.status, "neutral"),
        "confidence": taxonomy.label("confidence", row.confidence),
        "confidence_tone": labels.CONFIDENCE_TONES.get(row.confidence, "neutral"),
        "domains": [taxonomy.label("domains", domain) for domain in row.domains],
        "link": labels.link_label(row.link) if row.link else "",
        "link_tone": labels.LINK_TONES[row.link] if row.link else "",
        "late": late,
        "why": _why(row),
        "may_confirm": row.version > 0
        and (user.is_coordination or row.in_charge in {None, user.account_id}),
    }


def _why(row: Row) -> str:
    said = listing.why(row)
    if said == listing.BEFORE and row.verify_before is not None:
        return f"{_(said)} {day(row.verify_before)}"
    return _(said)


def _wanted(search: Search, user: CurrentUser) -> Wanted:
    keeper: UUID | None = user.account_id if search.charge == "moi" else None
    if search.charge not in {"", "moi", "personne"}:
        keeper = _uuid(search.charge)
    return Wanted(
        text=search.q,
        domain=search.domaine,
        status=search.etat,
        draft=search.brouillon,
        link=search.liens,
        confidence=search.confiance,
        keeper=keeper,
        nobody=search.charge == "personne",
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody: the list is empty, and the filter can be seen and changed


routes: tuple[ControllerRouterHandler, ...] = (to_verify, still_right)
