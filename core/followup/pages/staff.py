"""For the structure: the threads that wait, and one of them with what the youth did since the interview."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.booking.views import read_view
from core.errors import FriendlyError
from core.followup import check_in, inbox, thread
from core.interviews.roadmap import read_roadmap
from core.interviews.tasks import list_ticked
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/entretiens/{appointment_id:uuid}/suivi"


class AnswerForm(msgspec.Struct, frozen=True, kw_only=True):
    """A message to the youth."""

    words: thread.Words


@get("/suivi", guards=[advisor], include_in_schema=False)
async def inbox_page(request: AnyRequest) -> Response[str]:
    """The threads that the user may answer."""
    platform, user = platform_of(request), staff_of(request)
    lines = await inbox.list_threads(platform, user)
    values = {
        "own": [line for line in lines if line.advisor_id == user.advisor_id],
        "team": [line for line in lines if line.advisor_id != user.advisor_id],
        "answers": check_in.labels(),
    }
    return page(request, "followup/inbox.html", values)


@get(_HERE, guards=[advisor], include_in_schema=False)
async def thread_page(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """One thread."""
    return await _thread_page(request, appointment_id, Form())


async def _thread_page(request: AnyRequest, appointment_id: UUID, form: Form[Any]) -> Response[str]:
    platform = platform_of(request)
    values = {
        "thread": await thread.open_thread(platform, staff_of(request), appointment_id),
        "view": await read_view(platform, appointment_id),
        "given": await check_in.read_check_in(platform, appointment_id),
        "answers": check_in.labels(),
        "roadmap": await read_roadmap(platform, appointment_id),
        "ticked": await list_ticked(platform, appointment_id),
        "form": form,
        "longest": thread.LONGEST,
    }
    return page(request, "followup/thread.html", values, status=422 if form.errors else 200)


@post(_HERE, guards=[advisor], include_in_schema=False, status_code=303)
async def answer(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Sends a word to the youth."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(AnswerForm, await request.form())
    if form.data is None:
        return await _thread_page(request, appointment_id, form)
    try:
        await thread.answer(platform, user, appointment_id, form.data.words)
    except FriendlyError as refusal:
        return await _thread_page(request, appointment_id, form.refuse(refusal))
    said = _("C’est envoyé : un message part avec le lien de la page.")
    return redirect(f"/entretiens/{appointment_id}/suivi#fil", flash=said)


@post(f"{_HERE}/clore", guards=[advisor], include_in_schema=False, status_code=303)
async def close(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Ends the thread."""
    await thread.close(platform_of(request), staff_of(request), appointment_id)
    return redirect("/suivi", flash=_("L’échange est clos."))


@post(f"{_HERE}/rouvrir", guards=[advisor], include_in_schema=False, status_code=303)
async def reopen(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Lets the youth write again."""
    await thread.reopen(platform_of(request), staff_of(request), appointment_id)
    return redirect(f"/entretiens/{appointment_id}/suivi", flash=_("L’échange est rouvert."))


routes: tuple[ControllerRouterHandler, ...] = (inbox_page, thread_page, answer, close, reopen)
