"""The sheets: a list that anyone may search, and a page for each."""

from collections.abc import Sequence
from typing import Any, Literal

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone
from core.catalogue import service, structured, taxonomy, words
from core.catalogue.alike import alike
from core.catalogue.browsing import browse, card
from core.catalogue.editing.drafts import read_draft
from core.catalogue.editing.labels import CONFIDENCE_TONES, STATUS_TONES, status_label
from core.catalogue.editing.pages.desk import desk
from core.catalogue.markdown import sheet_text
from core.catalogue.service import READABLE, Sheet
from core.catalogue.windows import read_window, say_window
from core.clock import local_date
from core.contracts.matching import Programme
from core.errors import NotFound
from core.extension.blocks import render_blocks
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, user_of


@get("/fiches", guards=[anyone], include_in_schema=False)
async def list_sheets(request: AnyRequest) -> Response[str]:
    """The public catalogue; for staff the sheets at every step of their life, unless they ask to see what youths see."""
    if user_of(request) is None or request.query_params.get("vue") == "public":
        return await browse(request)
    return await desk(request)


@get("/fiches/{programme_id:str}", guards=[anyone], include_in_schema=False)
async def see_sheet(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """A sheet; `?version=2` opens the one that a roadmap kept. A draft is for staff only."""
    asked = request.query_params.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    sheet = await service.read_sheet(platform_of(request), programme_id, version)
    if user_of(request) is None and sheet.status not in READABLE:
        raise NotFound("a draft")
    return await sheet_page(request, sheet)


async def sheet_page(
    request: AnyRequest, sheet: Sheet, *, preview: Literal["", "typed", "draft"] = ""
) -> Response[str]:
    """A sheet as everyone reads it; `preview`: as it will, from what is being typed or from its draft."""
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
            "preview": preview,
            "draft": await read_draft(platform, programme.id) if user_of(request) else None,
            "text": sheet_text(programme.text_fr),
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
            "source": _source(programme),
            "interests": [taxonomy.label("interests", tag) for tag in programme.tags],
        },
    )


def _card(sheet: Sheet) -> dict[str, Any]:
    """What is said of a sheet, its place in its life included."""
    programme = sheet.programme
    return card(programme) | {
        "funding": taxonomy.label("funding", programme.funding) if programme.funding else "",
        "company": taxonomy.label("group_modes", programme.group_mode),
        "nature": taxonomy.label("nature", programme.nature),
        "status": status_label(sheet.status),
        "status_tone": STATUS_TONES.get(sheet.status, "neutral"),
        "confidence": taxonomy.label("confidence", programme.confidence),
        "confidence_tone": CONFIDENCE_TONES.get(programme.confidence, "neutral"),
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


routes: tuple[ControllerRouterHandler, ...] = (list_sheets, see_sheet)
