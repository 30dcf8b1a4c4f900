"""An advisor's own calendars: follow one, change what it is for, read it now, leave it."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hookspecs import Form, PluginContext, Refused, _, advisor_of, ngettext, page, parse, redirect

from . import feeds
from .feeds import Choice, Feed
from .pages import HERE, AnyRequest
from .places import Places, list_places, place_key, read_place
from .polling import check
from .reading import LONGEST_NAME


class FeedForm(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar and what it is for. Without `url`, the present address."""

    use: Literal["busy", "open", "both"]
    url: Annotated[str, Meta(max_length=2000)] = ""
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    titles: bool = False
    word: Annotated[str, Meta(max_length=60)] = ""
    place: str = ""
    channels: list[str] = []


@get("/agenda")
async def new_page(request: AnyRequest, context: NamedDependency[PluginContext]) -> Response[str]:
    """The form of a calendar that is not followed yet."""
    return await _form_page(request, context, Form({"use": "busy", "titles": True}))


@post("/agenda")
async def add(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Follows a calendar, once it could be read."""
    return await _save(request, context)


@get("/agenda/{feed_id:uuid}")
async def change_page(
    request: AnyRequest, context: NamedDependency[PluginContext], feed_id: FromPath[UUID]
) -> Response[str]:
    """The form of one that is."""
    feed = await feeds.read_feed(context, advisor_of(request, context), feed_id)
    return await _form_page(request, context, _form_of(feed), feed)


@post("/agenda/{feed_id:uuid}")
async def change(
    request: AnyRequest, context: NamedDependency[PluginContext], feed_id: FromPath[UUID]
) -> Response[str] | Redirect:
    """Changes its address or what it is for, once it could be read."""
    feed = await feeds.read_feed(context, advisor_of(request, context), feed_id)
    return await _save(request, context, feed)


@post("/agenda/{feed_id:uuid}/lire")
async def read_now(
    request: AnyRequest, context: NamedDependency[PluginContext], feed_id: FromPath[UUID]
) -> Redirect:
    """Reads the calendar now."""
    advisor_id = advisor_of(request, context)
    await check(context, await feeds.read_feed(context, advisor_id, feed_id))
    feed = await feeds.read_feed(context, advisor_id, feed_id)
    if feed.problem:
        return redirect(HERE, flash=feed.problem, tone="bad")
    return redirect(HERE, flash=_("« %(name)s » répond bien.") % {"name": feed.name})


@post("/agenda/{feed_id:uuid}/retirer")
async def remove(
    request: AnyRequest, context: NamedDependency[PluginContext], feed_id: FromPath[UUID]
) -> Redirect:
    """Forgets one's own calendar."""
    feed = await feeds.read_feed(context, advisor_of(request, context), feed_id)
    await feeds.remove_feed(context, feed)
    return redirect(HERE, flash=_("« %(name)s » n’est plus suivi.") % {"name": feed.name})


async def _save(
    request: AnyRequest, context: PluginContext, present: Feed | None = None
) -> Response[str] | Redirect:
    advisor_id = advisor_of(request, context)
    form = parse(FeedForm, await request.form())
    if present is None and not form.value("url"):
        form.errors["url"] = _("Ce champ est nécessaire.")
    choice = _choice(form, await list_places(context, advisor_id))
    if choice is not None:
        try:
            feed = await feeds.save_feed(context, advisor_id, form.value("url"), choice, present)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(HERE, flash=await _said(context, feed))
    return await _form_page(request, context, form, present, status=422)


def _choice(form: Form[FeedForm], places: Places) -> Choice | None:
    """What the advisor wants, or None with each fault beside its field."""
    answer = form.data
    if answer is None:
        return None
    channels = tuple(key for key in places.channels if key in answer.channels)
    word = " ".join(answer.word.split())
    if answer.use != "busy":
        if answer.use == "both" and not word:
            form.errors["word"] = _("Dites à quel mot se reconnaissent vos plages.")
        if answer.place not in places.choices:
            form.errors["place"] = _("Choisissez où ces plages ouvrent des créneaux.")
        if not channels:
            form.errors["channels"] = _("Choisissez au moins une façon de recevoir.")
    if form.errors:
        return None
    choice = Choice(name=answer.name, closes=answer.use != "open", is_titled=answer.titles)
    if answer.use == "busy":
        return choice
    structure, site = read_place(answer.place)
    return msgspec.structs.replace(
        choice, word=word, structure=structure, site=site, channels=channels
    )


async def _said(context: PluginContext, feed: Feed) -> str:
    if not feed.channels:
        return _("Votre agenda est lu : vos créneaux en tiennent déjà compte.")
    count = await feeds.count_openings(context, feed.id)
    text = ngettext(
        "Votre agenda est lu : une plage à venir ouvre des créneaux.",
        "Votre agenda est lu : %(num)d plages à venir ouvrent des créneaux.",
        count,
    )
    return text % {"num": count}


async def _form_page(
    request: AnyRequest,
    context: PluginContext,
    form: Form[Any],
    feed: Feed | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    values = {
        "form": form,
        "feed": feed,
        "places": await list_places(context, advisor_of(request, context)),
        "longest_name": LONGEST_NAME,
    }
    return page(request, "calendar_ical/feed.html", values, status=status)


def _form_of(feed: Feed) -> Form[Any]:
    """What was chosen; the address stays a secret."""
    use = "busy" if not feed.channels else "both" if feed.closes else "open"
    return Form(
        {
            "use": use,
            "name": feed.name,
            "titles": feed.is_titled,
            "word": feed.word,
            "place": place_key(feed.structure, feed.site),
            "channels": list(feed.channels),
        }
    )


HANDLERS = (new_page, add, change_page, change, read_now, remove)
