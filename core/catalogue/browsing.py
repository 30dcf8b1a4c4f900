"""The public catalogue: words and facets in the address, so that a search can be shared."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Response
from msgspec import Meta

from core.catalogue import taxonomy, words
from core.catalogue.facets import Found, Wish, find
from core.catalogue.finding import find_by_words
from core.catalogue.windows import read_window, say_window
from core.clock import local_date
from core.contracts.matching import Programme
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of

_A_PAGE = 18


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a search."""

    q: Annotated[str, Meta(max_length=100)] = ""
    domaine: str = ""
    zone: str = ""
    statut: str = ""
    duree: str = ""
    cout: str = ""
    age: Annotated[int, Meta(ge=10, le=99)] | None = None
    ouvert: bool = False
    page: Annotated[int, Meta(ge=1)] = 1


async def browse(request: AnyRequest) -> Response[str]:
    """The published sheets that one is looking for, best first."""
    platform = platform_of(request)
    form: Form[Asked] = parse(Asked, request.query_params)
    asked = form.data or _what_can_be_read(form)
    today = local_date(platform.clock.now(), platform.zone)
    hits = await find_by_words(platform, asked.q)
    found = find(hits.programmes, _wish(asked), today)
    pages = max(1, -(-len(found.programmes) // _A_PAGE))
    here = min(asked.page, pages)
    shown = found.programmes[(here - 1) * _A_PAGE : here * _A_PAGE]
    address = _address(asked)
    return page(
        request,
        "catalogue/browse.html",
        {
            "form": form,
            "hits": hits,
            "cards": [
                card(programme) | {"window": say_window(read_window(programme, today))}
                for programme in shown
            ],
            "total": len(found.programmes),
            "options": _options(found, asked),
            "chips": _chips(asked, address),
            "page": here,
            "pages": pages,
            "page_address": f"/fiches?{urlencode(address | {'page': ''})}",
        },
    )


def card(programme: Programme) -> dict[str, Any]:
    """What a list says of a sheet, in words."""
    return {
        "id": programme.id,
        "title": programme.title_fr,
        "summary": programme.summary_fr,
        "domains": [taxonomy.label("domains", domain) for domain in programme.domains],
        "places": words.places(programme),
        "duration": words.duration(programme.duration_min_weeks, programme.duration_max_weeks),
        "cost": words.cost(programme),
        "ages": words.age_range(programme.age_min, programme.age_max),
    }


def _what_can_be_read(form: Form[Asked]) -> Asked:
    """The search without what is wrong in it: the faults are said beside their fields, the rest still finds."""
    typed = {
        name: value for name, value in form.values.items() if name not in form.errors and value
    }
    return parse(Asked, typed).data or Asked()


def _wish(asked: Asked) -> Wish:
    return Wish(
        domain=asked.domaine,
        zone="" if asked.zone == "monde" else asked.zone,
        status=asked.statut,
        duration=asked.duree,
        cost=asked.cout,
        age=asked.age,
        open_now=asked.ouvert,
    )


def _address(asked: Asked) -> dict[str, str]:
    """The parameters of the search, without the page."""
    told = {
        name: value
        for name, value in msgspec.structs.asdict(asked).items()
        if value and name != "page"
    }
    return {name: "1" if value is True else str(value) for name, value in told.items()}


_KINDS = (
    ("domaine", "domain", "domains"),
    ("zone", "zone", "zones"),
    ("statut", "status", "statuses"),
    ("duree", "duration", "durations"),
    ("cout", "cost", "budget_bands"),
)
"""Each facet of a choice: its name in the address, in `Wish`, and the kind of its values."""


def _options(found: Found, asked: Asked) -> Mapping[str, Sequence[tuple[str, str]]]:
    """For each facet the choices that leave something, with how many, and the one that was made."""
    return {
        name: [
            (id_, f"{label} ({found.counts[facet][id_]})")
            for id_, label in taxonomy.options(kind)
            if (found.counts[facet][id_] and id_ != "monde") or id_ == getattr(asked, name)
        ]
        for name, facet, kind in _KINDS
    }


def _chips(asked: Asked, address: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each thing that narrows the search, in words, and the address without it."""
    said = {
        name: taxonomy.label(kind, getattr(asked, name))
        for name, _facet, kind in _KINDS
        if getattr(asked, name)
    }
    if asked.q:
        said["q"] = _("« %(words)s »") % {"words": asked.q}
    if asked.age:
        said["age"] = _("%(age)d ans") % {"age": asked.age}
    if asked.ouvert:
        said["ouvert"] = _("Candidatures ouvertes")
    return [
        (
            label,
            "/fiches?" + urlencode({key: value for key, value in address.items() if key != name}),
        )
        for name, label in said.items()
    ]
