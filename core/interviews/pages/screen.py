"""The advisor's screen: one page for the whole hour.

The whole page is one form. Every button saves first, then does its deed, so that nothing typed is lost without JavaScript;
with it, the same form goes to `/brouillon` as one types and only pieces of the page come back.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor
from core.errors import Conflict, FriendlyError
from core.interviews import answers, service
from core.interviews.pages.clashes import differences
from core.interviews.pages.deeds import act
from core.interviews.pages.drafts import (
    Saved,
    Unsaved,
    merge_with,
    read_typed,
    stored_draft,
    tell_clash,
    values_in,
)
from core.interviews.pages.screen_view import form_of, panel_of, screen_page, tags_of
from core.interviews.service import StaleFile
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, platform_of, redirect, staff_of
from core.web.templating import hour, render


@get("/entretiens/{appointment_id:uuid}", guards=[advisor], include_in_schema=False)
async def show(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """The file of one appointment."""
    interview = await service.open_interview(
        platform_of(request), staff_of(request), appointment_id
    )
    return await screen_page(request, interview, await form_of(platform_of(request), interview))


@post("/entretiens/{appointment_id:uuid}", guards=[advisor], include_in_schema=False)
async def submit(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Saves, does what the button says, and comes back to where it was pressed."""
    platform, user = platform_of(request), staff_of(request)
    interview = await service.open_to_write(platform, user, appointment_id)
    form, draft = await read_typed(request)
    if draft is None:
        return await screen_page(request, interview, form, status=422)
    action = str((await request.form()).get("action", ""))
    try:
        interview = await service.save(
            platform, user, appointment_id, int(form.value("revision") or 0), draft
        )
        form.values["revision"] = interview.revision
        flash, anchor = await act(platform, user, appointment_id, action)
    except FriendlyError as refusal:
        form.values["revision"] = interview.revision
        form.refuse(refusal)
        if not isinstance(refusal, StaleFile):
            status = 409 if isinstance(refusal, Conflict) else 422
            return await screen_page(request, interview, form, status=status)
        theirs, titles = await stored_draft(platform, interview)
        return await screen_page(
            request, interview, form, status=409, others=differences(draft, theirs, titles)
        )
    return redirect(f"/entretiens/{appointment_id}{anchor}", flash=flash)


@put("/entretiens/{appointment_id:uuid}/brouillon", guards=[advisor], include_in_schema=False)
async def autosave(
    request: AnyRequest, appointment_id: FromPath[UUID]
) -> Response[Saved | Unsaved]:
    """The same without a new page: 422 with the faults by field, 409 when the file changed elsewhere."""
    platform, user = platform_of(request), staff_of(request)
    interview = await service.open_to_write(platform, user, appointment_id)
    form, draft = await read_typed(request)
    if draft is None:
        message = _("Pas encore enregistré : une réponse est à revoir.")
        return Response(Unsaved(message=message, errors=form.errors), status_code=422)
    typed = await request.form()
    action = str(typed.get("action", ""))
    taken: dict[str, list[str]] = {}
    try:
        try:
            interview = await service.save(
                platform, user, appointment_id, int(form.value("revision") or 0), draft
            )
        except StaleFile:
            merged = await merge_with(request, interview, draft)
            if merged is None or merged.conflicts:
                raise
            interview = await service.save(
                platform, user, appointment_id, interview.revision, merged.draft
            )
            taken = await values_in(platform, interview, merged.taken)
        await act(platform, user, appointment_id, action)
    except StaleFile as refusal:
        return Response(await tell_clash(request, interview, draft, refusal), status_code=409)
    except FriendlyError as refusal:
        return Response(
            Unsaved(message=refusal.message, errors={refusal.field or "": refusal.message}),
            status_code=422,
        )
    panel = await panel_of(platform, interview)
    values = {
        "panel": panel,
        "form": await form_of(platform, interview),
        "may_write": True,
        "tags": tags_of(interview),
        "labels": answers.labels(),
    }
    return Response(
        Saved(
            revision=interview.revision,
            state=_("Enregistré à %(hour)s") % {"hour": hour(platform.clock.now())},
            ranking=render(platform.templates, "interviews/ranking.html", values, current_locale()),
            kept=render(platform.templates, "interviews/kept.html", values, current_locale()),
            tags=render(platform.templates, "interviews/tags.html", values, current_locale()),
            taken=taken,
        )
    )


routes: tuple[ControllerRouterHandler, ...] = (show, submit, autosave)
