"""The pages that belong to no room: home, language, the words that a public service owes, the living style page."""

from collections import Counter
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from core.accounts.access import anyone
from core.catalogue import service as catalogue
from core.catalogue import taxonomy
from core.web import figures
from core.web.forms import Form
from core.web.i18n import LOCALES, _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect

LANGUAGE_COOKIE = "somobilite_lang"
_YEAR = 365 * 24 * 3600


@get("/", guards=[anyone], include_in_schema=False)
async def home(request: AnyRequest) -> Response[str]:
    """The promise, the search, the map."""
    platform = platform_of(request)
    found = await figures.read_figures(platform)
    programmes = await catalogue.published(platform)
    domains = Counter(domain for programme in programmes for domain in programme.domains)
    departments = taxonomy.options("departments")
    return page(
        request,
        "web/home.html",
        {
            "form": Form({"canal": ""}),
            "figures": found,
            "programmes": len(programmes),
            "domains": [
                (domain, label, domains[domain])
                for domain, label in taxonomy.options("domains")
                if domains[domain]
            ],
            "places_in_words": {
                code: _places(name, found.places_by_department.get(code, 0))
                for code, name in departments
            },
        },
    )


def _places(department: str, count: int) -> str:
    if count == 0:
        return _("%(department)s : pas encore de lieu d’accueil, des entretiens à distance") % {
            "department": department
        }
    return ngettext(
        "%(department)s : %(count)d lieu d’accueil",
        "%(department)s : %(count)d lieux d’accueil",
        count,
    ) % {"department": department, "count": count}


@post("/langue", guards=[anyone], include_in_schema=False)
async def choose_language(request: AnyRequest) -> Response[Any]:
    """Remembers the language for a year, and goes back to where one was."""
    form = await request.form()
    locale, after = str(form.get("locale", "")), str(form.get("suite", "/"))
    if not after.startswith("/") or after.startswith(("//", "/\\")):
        after = "/"
    answer = redirect(after)
    if locale in LOCALES:
        answer.set_cookie(
            Cookie(
                key=LANGUAGE_COOKIE,
                value=locale,
                max_age=_YEAR,
                path="/",
                httponly=True,
                samesite="lax",
                secure=platform_of(request).settings.public_url.startswith("https://"),
            )
        )
    return answer


@get("/accessibilite", guards=[anyone], include_in_schema=False)
async def accessibility(request: AnyRequest) -> Response[str]:
    """How the site is made usable by all, and what to do when it is not."""
    return page(request, "web/accessibility.html")


@get("/donnees-personnelles", guards=[anyone], include_in_schema=False)
async def personal_data(request: AnyRequest) -> Response[str]:
    """What is asked, why, who reads it."""
    return page(request, "web/personal_data.html")


@get("/mentions", guards=[anyone], include_in_schema=False)
async def legal(request: AnyRequest) -> Response[str]:
    """What this is, its licence, its sources."""
    return page(request, "web/legal.html")


@get("/-/style", guards=[anyone], include_in_schema=False)
async def style(request: AnyRequest) -> Response[str]:
    """Every token and every component, alive, in both themes."""
    wrong: Form[Any] = Form(
        {
            "city": "Bordeau",
            "wish": "Partir six mois.",
            "channel": "video",
            "languages": ["es"],
            "birth": "2027-02-03",
        },
        {
            "birth": "Cette date est dans le futur.",
            "channel": "Ce créneau n’est plus proposé en visio.",
        },
    )
    departments = taxonomy.options("departments")
    return page(
        request,
        "web/style.html",
        {
            "form": wrong,
            "sample_values": {code: index % 5 for index, (code, _name) in enumerate(departments)},
            "sample_words": {
                code: _places(name, index % 5) for index, (code, name) in enumerate(departments)
            },
        },
    )


routes: tuple[ControllerRouterHandler, ...] = (
    home,
    choose_language,
    accessibility,
    personal_data,
    legal,
    style,
)
