"""Whom a sheet would suit, for those who received them; and what has just become possible."""

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.catalogue import service as catalogue
from core.catalogue import words
from core.errors import NotFound
from core.matching import reverse
from core.matching.occasions import list_occasions
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, staff_of


@get("/fiches/{programme_id:str}/jeunes", guards=[advisor], include_in_schema=False)
async def youths(request: AnyRequest, programme_id: FromPath[str]) -> Response[str]:
    """The youths whom a published sheet would suit, with their reasons."""
    platform, user = platform_of(request), staff_of(request)
    sheets = {programme.id: programme for programme in await catalogue.published(platform)}
    if programme_id not in sheets:
        raise NotFound("not a published sheet")
    programme = sheets[programme_id]
    values = {
        "programme": programme,
        "found": await reverse.suited(platform, user, programme),
        "application": words.application(programme),
        "reads_nobody": user.advisor_id is None and not user.memberships,
    }
    return page(request, "matching/youths.html", values)


@get("/occasions", guards=[advisor], include_in_schema=False)
async def occasions(request: AnyRequest) -> Response[str]:
    """Sheets about which something is new, with how many youths of the user each would suit."""
    platform, user = platform_of(request), staff_of(request)
    found = await list_occasions(platform)
    people = await reverse.list_youths(platform, user)
    counts = await reverse.count_suited(platform, people, [one.programme for one in found])
    values = {
        "occasions": found,
        "counts": counts,
        "agreed": len(people),
        "application": words.application,
        "why": {
            "published": _("nouvelle fiche"),
            "changed": _("fiche mise à jour"),
            "opens": _("les candidatures ouvrent ce mois-ci"),
            "opens_next": _("les candidatures ouvrent le mois prochain"),
        },
    }
    return page(request, "matching/occasions.html", values)


routes: tuple[ControllerRouterHandler, ...] = (youths, occasions)
