"""« Comment ça s’est passé ? »: one tap by the youth's link, a word if they like; and what the coordination reads of it."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link, coordinator
from core.booking.links import read_token
from core.booking.views import read_view
from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.extension.blocks import render_blocks
from core.interviews import feedback
from core.interviews.feedback import Answer, Mood
from core.platform import Platform
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, csrf_of, page, platform_of, redirect

_YEAR = timedelta(days=365)


@get("/rdv/{token:str}/avis", guards=[by_link], include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Four faces; once one is chosen, thanks and room for a word."""
    platform = platform_of(request)
    view = await read_view(platform, await read_token(platform, token))
    return await _page(request, platform, token, view, Form())


async def _page(
    request: AnyRequest,
    platform: Platform,
    token: str,
    view: AppointmentView,
    form: Form[Any],
) -> Response[str]:
    answer = await feedback.read_answer(platform, view.id)
    if answer is not None and not form.values:
        form = Form({"words": answer.words, "mood": answer.mood})
    about = {"appointment": view, "token": token, "csrf_token": csrf_of(request)}
    values = {
        "blocks": await render_blocks(request, "feedback.page", view.structure.id, about)
        if answer is not None
        else "",
        "token": token,
        "view": view,
        "answer": answer,
        "form": form,
        "moods": list(reversed(mood_labels().items())),
    }
    return page(request, "interviews/feedback.html", values, status=422 if form.errors else 200)


@post("/rdv/{token:str}/avis", guards=[by_link], include_in_schema=False, status_code=303)
async def answer(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Keeps the answer; another one takes its place."""
    platform = platform_of(request)
    await throttle.check(platform, f"feedback:{throttle.address_of(request)}", 100, 600)
    view = await read_view(platform, await read_token(platform, token))
    form = parse(Answer, await request.form())
    if form.data is None:
        return await _page(request, platform, token, view, form)
    try:
        await feedback.say(platform, view, form.data)
    except FriendlyError as refusal:
        return redirect(f"/rdv/{token}/avis", flash=refusal.message, tone="bad")
    return redirect(f"/rdv/{token}/avis")


@get("/reseau/avis", guards=[coordinator], include_in_schema=False)
async def words_page(request: AnyRequest) -> Response[str]:
    """What youths said over a year: figures, and words without names."""
    platform = platform_of(request)
    since = local_date(platform.clock.now(), platform.zone) - _YEAR
    values = {
        "figures": await feedback.read_figures(platform, since),
        "words": await feedback.list_words(platform, since),
        "moods": mood_labels(),
    }
    return page(request, "interviews/feedback_words.html", values)


def mood_labels() -> dict[Mood, str]:
    """The four moods, from the saddest."""
    return {1: _("Pas bien"), 2: _("Moyen"), 3: _("Bien"), 4: _("Très bien")}


routes: tuple[ControllerRouterHandler, ...] = (show, answer, words_page)
