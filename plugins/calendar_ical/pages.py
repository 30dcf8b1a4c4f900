"""The advisor's page on both directions, and the calendar that their program reads."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hookspecs import (
    Form,
    NotFound,
    PluginContext,
    Refused,
    _,
    page,
    parse,
    redirect,
    staff_of,
)

from . import address, feeds
from .settings import CalendarSettings

AnyRequest = Request[Any, Any, Any]
_HERE = "/p/calendar_ical/"


class FeedForm(msgspec.Struct, frozen=True, kw_only=True):
    """The address of one's own calendar (left out: the present one), and which of its events open slots."""

    url: Annotated[str, Meta(max_length=2000)] = ""
    word: Annotated[str, Meta(max_length=60)] = ""
    place: str = ""
    channels: list[str] = []


@get("/{file_name:str}")
async def calendar(
    context: NamedDependency[PluginContext], file_name: FromPath[str]
) -> Response[bytes]:
    """What a calendar program reads at the secret address."""
    token, dot, suffix = file_name.rpartition(".")
    if not dot or suffix != "ics":
        raise NotFound("not a calendar")
    return Response(
        await address.write_calendar(context, token), media_type="text/calendar; charset=utf-8"
    )


@get("/")
async def settings_page(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """Both directions, and how they are."""
    return await _show(request, context, _advisor(request, context))


@post("/adresse", status_code=200)
async def renew_address(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """Makes a fresh address and shows it, this once."""
    advisor_id = _advisor(request, context)
    fresh = await address.renew_address(context, advisor_id)
    return await _show(request, context, advisor_id, fresh=fresh)


@post("/adresse/supprimer")
async def drop_address(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Makes the address worthless."""
    await address.drop_address(context, _advisor(request, context))
    return redirect(_HERE, flash=_("L’adresse ne mène plus nulle part."))


@post("/agenda-externe")
async def set_feed(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Takes one's own calendar into account, once it could be read."""
    advisor_id = _advisor(request, context)
    form = parse(FeedForm, await request.form())
    if form.data is not None:
        try:
            openings = await _openings(context, advisor_id, form.data)
            await feeds.set_feed(context, advisor_id, form.data.url.strip(), openings)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(
                _HERE, flash=_("Votre agenda est lu : vos créneaux en tiennent déjà compte.")
            )
    return await _show(request, context, advisor_id, form=form, status=422)


async def _openings(
    context: PluginContext, advisor_id: UUID, answer: FeedForm
) -> feeds.Openings | None:
    """Which events open slots, and for what. Raises `Refused` with what is missing."""
    word = " ".join(answer.word.split())
    if not word:
        return None
    structure_id, _tilde, site_id = answer.place.partition("~")
    workplaces = await context.services.list_workplaces(advisor_id)
    workplace = next((one for one in workplaces if str(one.structure.id) == structure_id), None)
    site = next((s for s in workplace.sites if str(s.id) == site_id), None) if workplace else None
    if workplace is None:
        raise Refused(_("Choisissez où ces plages ouvrent des créneaux."), field="place")
    channels = tuple(key for key, _label in workplace.channels if key in answer.channels)
    if not channels:
        raise Refused(_("Choisissez au moins une façon de recevoir."), field="channels")
    return feeds.Openings(
        word=word,
        structure=workplace.structure.id,
        site=site.id if site else None,
        channels=channels,
    )


@post("/agenda-externe/verifier")
async def check_feed(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Reads the calendar now."""
    advisor_id = _advisor(request, context)
    feed = await feeds.read_feed(context, advisor_id)
    if feed is None:
        raise NotFound("no calendar")
    await feeds.check(context, feed)
    feed = await feeds.read_feed(context, advisor_id)
    if feed is not None and feed.problem:
        return redirect(_HERE, flash=feed.problem, tone="bad")
    return redirect(_HERE, flash=_("Votre agenda répond bien."))


@post("/agenda-externe/supprimer")
async def remove_feed(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Forgets one's own calendar."""
    await feeds.remove_feed(context, _advisor(request, context))
    return redirect(_HERE, flash=_("Votre agenda n’est plus lu."))


PUBLIC_HANDLERS = (calendar,)
ADVISOR_HANDLERS = (
    settings_page,
    renew_address,
    drop_address,
    set_feed,
    check_feed,
    remove_feed,
)


def _advisor(request: AnyRequest, context: PluginContext) -> UUID:
    """The advisor who asks. Raises `NotFound` for someone who is none, or none where the plugin is on."""
    user = staff_of(request)
    on = {structure.id for structure in context.structures}
    if user.advisor_id is None or not any(m.structure_id in on for m in user.memberships):
        raise NotFound("not an advisor of a structure where this is on")
    return user.advisor_id


async def _show(
    request: AnyRequest,
    context: PluginContext,
    advisor_id: UUID,
    *,
    fresh: str = "",
    form: Form[FeedForm] | None = None,
    status: int = 200,
) -> Response[str]:
    settings: CalendarSettings = context.settings
    feed = await feeds.read_feed(context, advisor_id)
    workplaces = await context.services.list_workplaces(advisor_id)
    values = {
        "made": await address.read_address(context, advisor_id),
        "fresh": fresh,
        "feed": feed,
        "state": feed.state(settings, context.now) if feed else "none",
        "form": form or _form_of(feed),
        "places": [
            (f"{one.structure.id}~{site_id}", f"{one.structure.name}{name}")
            for one in workplaces
            for site_id, name in (
                *((str(site.id), f" · {site.name}") for site in one.sites),
                ("", " · " + _("sans lieu, à distance")),
            )
        ],
        "channels": list(dict(pair for one in workplaces for pair in one.channels).items()),
        "plugin_settings": settings,
    }
    return page(request, "calendar_ical/settings.html", values, status=status)


def _form_of(feed: feeds.Feed | None) -> Form[FeedForm]:
    """What was chosen; the address stays a secret."""
    if feed is None or not feed.word:
        return Form()
    place = f"{feed.structure}~{feed.site or ''}"
    return Form({"word": feed.word, "place": place, "channels": list(feed.channels)})
