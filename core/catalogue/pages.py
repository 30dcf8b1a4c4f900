"""The sheets: a list that anyone may search, and a page for each."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import anyone, coordinator
from core.catalogue import service, structured, taxonomy, words
from core.catalogue.alike import alike
from core.catalogue.browsing import browse, card
from core.catalogue.service import READABLE, STATUSES, Filters, Sheet, Status
from core.catalogue.windows import read_window, say_window
from core.clock import local_date
from core.contracts.matching import Programme
from core.errors import NotFound
from core.extension.blocks import render_blocks
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of, user_of

_TONES: Mapping[str, str] = {"published": "good", "to_verify": "warn", "in_review": "info"}
_CONFIDENCE_TONES: Mapping[str, str] = {"high": "good", "medium": "neutral", "low": "warn"}


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the team's list."""

    q: Annotated[str, Meta(max_length=100)] = ""
    domaine: str = ""
    zone: str = ""
    etat: str = ""


class StatusChange(msgspec.Struct, frozen=True, kw_only=True):
    """The step that a sheet goes to."""

    status: Status


def status_label(status: str) -> str:
    """How a step of a sheet's life is called."""
    return {
        "draft": _("Brouillon"),
        "in_review": _("En relecture"),
        "published": _("Publiée"),
        "to_verify": _("À vérifier"),
        "archived": _("Archivée"),
    }[status]


@get("/fiches", guards=[anyone], include_in_schema=False)
async def list_sheets(request: AnyRequest) -> Response[str]:
    """The public catalogue; for staff the sheets at every step of their life, unless they ask to see what youths see."""
    if user_of(request) is None or request.query_params.get("vue") == "public":
        return await browse(request)
    form = parse(Search, request.query_params)
    search = form.data or Search()
    listing = await service.list_programmes(
        platform_of(request),
        Filters(text=search.q, domain=search.domaine, zone=search.zone, status=search.etat),
        statuses=STATUSES,
    )
    return page(
        request,
        "catalogue/list.html",
        {
            "form": form,
            "is_filtered": any((search.q, search.domaine, search.zone, search.etat)),
            "sheets": [_card(sheet) for sheet in listing.sheets],
            "total": len(listing.sheets),
            "domains": _counted(taxonomy.options("domains"), listing.domains),
            "zones": _counted(
                [pair for pair in taxonomy.options("zones") if pair[0] != "monde"], listing.zones
            ),
            "statuses": _counted([(s, status_label(s)) for s in STATUSES], listing.statuses),
        },
    )


@get("/fiches/{programme_id:str}", guards=[anyone], include_in_schema=False)
async def see_sheet(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """A sheet; `?version=2` opens the one that a roadmap kept. A draft is for staff only."""
    asked = request.query_params.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    sheet = await service.read_sheet(platform_of(request), programme_id, version)
    if user_of(request) is None and sheet.status not in READABLE:
        raise NotFound("a draft")
    return await _sheet_page(request, sheet, Form({"status": sheet.status}))


@post("/fiches/{programme_id:str}/etat", guards=[coordinator], include_in_schema=False)
async def change_status(
    request: AnyRequest, programme_id: FromPath[str]
) -> Response[str] | Redirect:
    """Moves a sheet to another step of its life."""
    platform = platform_of(request)
    form = parse(StatusChange, await request.form())
    if form.data is None:
        return await _sheet_page(
            request, await service.read_sheet(platform, programme_id), form, 422
        )
    await service.set_status(platform, programme_id, form.data.status, staff_of(request))
    return redirect(
        f"/fiches/{programme_id}",
        flash=_("La fiche est passée à l’état « %(status)s ».")
        % {"status": status_label(form.data.status)},
    )


async def _sheet_page(
    request: AnyRequest, sheet: Sheet, form: Form[Any], status: int = 200
) -> Response[str]:
    programme, platform = sheet.programme, platform_of(request)
    today = local_date(platform.clock.now(), platform.zone)
    window, published = read_window(programme, today), await service.published(platform)
    return page(
        request,
        "catalogue/sheet.html",
        {
            "blocks": await render_blocks(
                request, "catalogue.sheet", None, {"programme": programme}
            ),
            "window": say_window(window) if window.month else "",
            "alike": [card(other) for other in alike(programme, published)],
            "structured": structured.as_script(
                structured.describe(
                    programme, f"{platform.settings.public_url}/fiches/{programme.id}"
                )
            ),
            "form": form,
            "sheet": sheet,
            "programme": programme,
            "card": _card(sheet),
            "conditions": _conditions(programme),
            "application_months": _months(programme),
            "application": words.application(programme),
            "via": taxonomy.label("application_via", programme.application_via),
            "lead": words.length(programme.lead_time_weeks) if programme.lead_time_weeks else "",
            "departure": words.months(programme.departure_months),
            "month_names": [words.month_name(number) for number in range(1, 13)],
            "statuses": [(step, status_label(step)) for step in STATUSES],
            "source": _source(programme),
            "interests": [taxonomy.label("interests", tag) for tag in programme.tags],
        },
        status=status,
    )


def _card(sheet: Sheet) -> dict[str, Any]:
    """What is said of a sheet, its place in its life included."""
    programme = sheet.programme
    return card(programme) | {
        "funding": taxonomy.label("funding", programme.funding) if programme.funding else "",
        "company": taxonomy.label("group_modes", programme.group_mode),
        "nature": taxonomy.label("nature", programme.nature),
        "status": status_label(sheet.status),
        "status_tone": _TONES.get(sheet.status, "neutral"),
        "confidence": taxonomy.label("confidence", programme.confidence),
        "confidence_tone": _CONFIDENCE_TONES.get(programme.confidence, "neutral"),
    }


def _conditions(programme: Programme) -> list[tuple[str, list[str]]]:
    """What one must be or have: (name, lines), the empty ones left out."""
    recommended = []
    if programme.language_recommended:
        recommended.append(words.language(programme.language_recommended))
    if programme.diploma_recommended:
        recommended.append(taxonomy.label("diploma_levels", programme.diploma_recommended))
    age = words.ages(programme)
    if programme.age_max_handicap:
        age += _(" (jusqu’à %(age)d ans en situation de handicap)") % {
            "age": programme.age_max_handicap
        }
    found: Sequence[tuple[str, list[str]]] = (
        (_("Âge"), [age]),
        (_("Pour"), [words.public(programme)]),
        (_("Diplôme ou niveau d’études"), [words.levels(programme)]),
        (_("Nationalité"), [words.nationality(programme)]),
        (_("Lieu de vie"), [words.residence(programme)]),
        (_("Langue demandée"), [words.language(programme.language)]),
        (_("Il faut aussi"), words.prerequisites(programme)),
        (_("Conseillé"), recommended),
    )
    return [(name, kept) for name, lines in found if (kept := [line for line in lines if line])]


def _source(programme: Programme) -> str:
    """Where the facts come from, for the team."""
    if programme.source == "general knowledge":
        return _("connaissances générales, aucune page lue")
    return programme.source or _("non indiquée")


def _months(programme: Programme) -> tuple[int, ...]:
    """The months in which one may apply, when they are known."""
    if programme.application_months or programme.application_mode != "rolling":
        return programme.application_months
    return tuple(range(1, 13))


def _counted(
    options: Sequence[tuple[str, str]], counts: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Options that lead somewhere, each with how many sheets it gives."""
    return [(id_, f"{label} ({counts[id_]})") for id_, label in options if counts.get(id_)]


routes: tuple[ControllerRouterHandler, ...] = (list_sheets, see_sheet, change_status)
