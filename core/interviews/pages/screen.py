"""The advisor's screen: one page for the whole hour.

The whole page is one form. Every button saves first, then does its deed, so that nothing typed is lost without JavaScript;
with it, the same form goes to `/brouillon` as one types and only pieces of the page come back.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import CurrentUser, advisor
from core.booking.arrivals import read_day_word
from core.booking.views import read_view
from core.catalogue import taxonomy
from core.contracts.matching import Profile, Project
from core.errors import Conflict, FriendlyError, NotFound
from core.extension.blocks import render_blocks
from core.interviews import answers, choices, kept, roadmap, service
from core.interviews.answers import InterviewForm
from core.interviews.merging import Merged, draft_of, merge
from core.interviews.pages.clashes import Clash, clashes, differences, form_field
from core.interviews.pages.panel import Panel, arrange
from core.interviews.ranking import rank_for
from core.interviews.returning import changes
from core.interviews.service import Draft, Interview, StaleFile
from core.interviews.suggestions import FIELDS, Suggestion, suggest
from core.notices import service as notices
from core.notices import words
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _, current_locale
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of
from core.web.templating import hour, render


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an autosave: words for the person, pieces for the page, and the fields that another wrote meanwhile, with what
    they hold now.
    """

    revision: int
    state: str
    ranking: str
    kept: str
    tags: str
    taken: dict[str, list[str]] = {}


class Unsaved(msgspec.Struct, frozen=True, kw_only=True):
    """Why an autosave was not taken: `errors` by field. After a conflict, the `revision` to save over, the `clashes` to choose between
    with what the other side's `values` hold in the form, and the fields that only the other side wrote (`taken`).
    """

    message: str
    errors: dict[str, str] = {}
    revision: int | None = None
    clashes: list[Clash] = []
    values: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}


@get("/entretiens/{appointment_id:uuid}", guards=[advisor], include_in_schema=False)
async def show(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[str]:
    """The file of one appointment."""
    interview = await service.open_interview(
        platform_of(request), staff_of(request), appointment_id
    )
    return await _screen(request, interview, await _form_of(platform_of(request), interview))


@post("/entretiens/{appointment_id:uuid}", guards=[advisor], include_in_schema=False)
async def submit(request: AnyRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Saves, does what the button says, and comes back to where it was pressed."""
    platform, user = platform_of(request), staff_of(request)
    interview = await service.open_to_write(platform, user, appointment_id)
    form, draft = await _read(request)
    if draft is None:
        return await _screen(request, interview, form, status=422)
    action = str((await request.form()).get("action", ""))
    try:
        interview = await service.save(
            platform, user, appointment_id, int(form.value("revision") or 0), draft
        )
        form.values["revision"] = interview.revision
        flash, anchor = await _act(platform, user, appointment_id, action)
    except FriendlyError as refusal:
        form.values["revision"] = interview.revision
        form.refuse(refusal)
        if not isinstance(refusal, StaleFile):
            status = 409 if isinstance(refusal, Conflict) else 422
            return await _screen(request, interview, form, status=status)
        theirs, titles = await _stored(platform, interview)
        return await _screen(
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
    form, draft = await _read(request)
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
            merged = await _merge(request, interview, draft)
            if merged is None or merged.conflicts:
                raise
            interview = await service.save(
                platform, user, appointment_id, interview.revision, merged.draft
            )
            taken = await _values(platform, interview, merged.taken)
        await _act(platform, user, appointment_id, action)
    except StaleFile as refusal:
        return Response(await _stale(request, interview, draft, refusal), status_code=409)
    except FriendlyError as refusal:
        return Response(
            Unsaved(message=refusal.message, errors={refusal.field or "": refusal.message}),
            status_code=422,
        )
    panel = await _panel(platform, interview)
    values = {
        "panel": panel,
        "form": await _form_of(platform, interview),
        "may_write": True,
        "tags": _tags(interview),
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


async def _read(request: AnyRequest) -> tuple[Form[InterviewForm], Draft | None]:
    """The form as typed and, when all is well, the draft to save."""
    return _draft_from(_with_tag(await request.form()), _today(platform_of(request)))


def _draft_from(typed: FormMultiDict, today: date) -> tuple[Form[InterviewForm], Draft | None]:
    form = answers.read(InterviewForm, typed, today)
    sheet_words = answers.read_words(typed, form)
    if form.data is None:
        return form, None
    return form, Draft(
        profile=Profile(**answers.profile_fields(form.data)),
        project=Project(**answers.project_fields(form.data)),
        notes=form.data.notes,
        advisor_word=form.data.advisor_word,
        follow_up_on=form.data.follow_up_on,
        private_note=form.data.private_note,
        words=sheet_words,
    )


async def _merge(request: AnyRequest, now: Interview, mine: Draft) -> Merged | None:
    """What both wrote, put together; None where the page does not say what it began with."""
    base = parse_qsl(str((await request.form()).get("base", "")), keep_blank_values=True)
    if not base:
        return None
    _form, was = _draft_from(FormMultiDict(base), _today(platform_of(request)))
    if was is None:
        return None
    theirs, _titles = await _stored(platform_of(request), now)
    return merge(was, theirs, mine)


async def _stored(platform: Platform, interview: Interview) -> tuple[Draft, dict[str, str]]:
    """What the file says, as a draft, and the titles of the sheets in it."""
    sheets = await kept.list_kept(platform, interview.appointment_id)
    draft = draft_of(interview, {sheet.programme: sheet.words for sheet in sheets})
    return draft, {sheet.programme: sheet.title for sheet in sheets}


async def _stale(request: AnyRequest, now: Interview, mine: Draft, refusal: StaleFile) -> Unsaved:
    """What both wrote, to choose from; without a word of what the page began with, the whole file is the question."""
    platform = platform_of(request)
    merged = await _merge(request, now, mine)
    if merged is None:
        return Unsaved(message=refusal.message, revision=now.revision)
    theirs, titles = await _stored(platform, now)
    return Unsaved(
        message=_("Ces réponses ont été écrites des deux côtés : choisissez. Le reste est réuni."),
        revision=now.revision,
        clashes=clashes(mine, theirs, merged.conflicts, titles),
        values=await _values(platform, now, merged.conflicts),
        taken=await _values(platform, now, merged.taken),
    )


async def _values(
    platform: Platform, interview: Interview, names: Iterable[str]
) -> dict[str, list[str]]:
    """What the file says in some fields, as the page's form holds it; an empty list empties one."""
    form = await _form_of(platform, interview)
    found: dict[str, list[str]] = {}
    for field in {form_field(name) for name in names}:
        controls = {
            "languages": ("language_code", "language_level"),
            "flags": tuple(f"flag_{flag}" for flag in taxonomy.entries("flags")),
        }.get(field, (field,))
        pairs = answers.typed_of({field: form.value(field) or ()})
        for control in controls:
            unsaid = [""] if field == "flags" else []
            found[control] = [value for key, value in pairs if key == control] or unsaid
    return found


def _with_tag(typed: FormMultiDict) -> FormMultiDict:
    """The form with the tag that a button adds (`tag:<field>:<id>`): where JavaScript runs, it ticks the box itself."""
    verb, _sep, tag = str(typed.get("action", "")).partition(":")
    field, _sep, id_ = tag.partition(":")
    if verb != "tag" or field not in FIELDS or id_ in typed.getall(field, []):
        return typed
    return FormMultiDict([*typed.multi_items(), (field, id_)])


async def _act(
    platform: Platform, user: CurrentUser, appointment_id: UUID, action: str
) -> tuple[str, str]:
    """Does what a button says (`keep:<sheet>`, `close:honoured`…); the word to show and where to come back."""
    verb, _sep, target = action.partition(":")
    match verb, target:
        case ("", "") | ("save", ""):
            said, anchor = _("Tout est enregistré."), ""
        case "tag", _any:
            said, anchor = _("Ajouté au dossier."), "#idees"
        case "keep", _any:
            await choices.keep(platform, user, appointment_id, target)
            said, anchor = _("Fiche gardée."), "#gardees"
        case "set_aside", _any:
            await choices.set_aside(platform, user, appointment_id, target)
            said, anchor = _("Fiche écartée."), "#classement"
        case "undo", _any:
            await choices.undo(platform, user, appointment_id, target)
            said, anchor = _("La fiche est revenue dans le classement."), "#classement"
        case (("up" | "down"), _any):
            await choices.shift(platform, user, appointment_id, target, -1 if verb == "up" else 1)
            said, anchor = _("Ordre changé."), "#gardees"
        case "close", ("honoured" | "no_show") as outcome:
            await service.close(platform, user, appointment_id, outcome)
            said, anchor = _("L’entretien est clos."), "#cloture"
        case "close", "":
            await service.take_back(platform, user, appointment_id)
            said, anchor = _("L’entretien est de nouveau à renseigner."), "#cloture"
        case "send", "":
            await roadmap.send_roadmap(platform, user, appointment_id)
            said, anchor = _("La feuille de route est envoyée."), "#cloture"
        case _any:
            raise NotFound("no such action")
    return said, anchor


async def _screen(
    request: AnyRequest,
    interview: Interview,
    form: Form[InterviewForm],
    *,
    status: int = 200,
    others: Sequence[Clash] = (),
) -> Response[str]:
    platform = platform_of(request)
    sendings = await roadmap.list_sendings(platform, interview.appointment_id)
    view, today = await read_view(platform, interview.appointment_id), _today(platform)
    return page(
        request,
        "interviews/screen.html",
        {
            "interview": interview,
            "view": view,
            "blocks": await render_blocks(
                request, "interview.screen", interview.structure_id, {"appointment": view}
            ),
            "day_word": await read_day_word(platform, interview.appointment_id),
            "form": form,
            "stale": status == 409,
            "others": others,
            "may_write": interview.may_write,
            "panel": await _panel(platform, interview),
            "tags": _tags(interview),
            "changes": _changes(interview),
            "labels": answers.labels(),
            "options": _options(interview, today),
            "age": _age(interview.profile.birth_date, today),
            "sendings": sendings,
            "receipts": await notices.receipts(platform, interview.appointment_id),
            "kind_label": words.kind_label,
            "audience_label": words.audience_label,
            "state_label": words.state_label,
            "up_to_date": bool(sendings)
            and await roadmap.is_up_to_date(platform, interview.appointment_id, sendings[-1]),
        },
        status=status,
    )


async def _panel(platform: Platform, interview: Interview) -> Panel:
    ranking = await rank_for(platform, interview.structure_id, interview.profile, interview.project)
    return arrange(ranking, await kept.list_kept(platform, interview.appointment_id))


async def _form_of(platform: Platform, interview: Interview) -> Form[InterviewForm]:
    values = answers.values_of(interview.profile, interview.project)
    for sheet in await kept.list_kept(platform, interview.appointment_id):
        values[f"word_{sheet.programme}"] = sheet.word
        values[f"next_{sheet.programme}"] = sheet.next_step
    return Form(
        {
            **values,
            "revision": interview.revision,
            "notes": interview.notes,
            "private_note": interview.private_note,
            "advisor_word": interview.advisor_word,
            "follow_up_on": interview.follow_up_on,
        }
    )


def _tags(interview: Interview) -> list[Suggestion]:
    """What the free words of the file suggest."""
    profile = interview.profile
    texts = (
        interview.project.wish,
        profile.passions,
        profile.leisure,
        profile.experience,
        profile.background,
        interview.notes,
    )
    return suggest(texts, profile, interview.project)


def _changes(interview: Interview) -> list[tuple[str, str, str]]:
    """What is another than the last time: the name of the field, then, now, in words."""
    if interview.before is None:
        return []
    then = answers.words_of(interview.before.answers.profile, interview.before.answers.project)
    now = answers.words_of(interview.profile, interview.project)
    labels = answers.labels()
    return [
        (labels[change.field], then[change.field], now[change.field])
        for change in changes(interview.before.answers, interview.answers)
        if change.field in labels and then.get(change.field) != now.get(change.field)
    ]


def _options(interview: Interview, today: date) -> dict[str, list[tuple[str, str]]]:
    """What the selects and tick boxes of the screen offer."""
    return {
        "statuses": taxonomy.options("statuses"),
        "diplomas": taxonomy.options("diploma_levels"),
        "levels": [(id_, f"{id_} · {label}") for id_, label in taxonomy.options("cefr")],
        "languages": taxonomy.languages(),
        "interests": taxonomy.options("interests"),
        "flags": taxonomy.options("flags"),
        "domains": taxonomy.options("domains"),
        "zones": taxonomy.options("zones"),
        "countries": taxonomy.countries(),
        "residences": answers.residences(),
        "months": answers.months(today, interview.project.departure),
        "companies": taxonomy.options("group_modes"),
    }


def _today(platform: Platform) -> date:
    return platform.clock.now().astimezone(platform.zone).date()


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


routes: tuple[ControllerRouterHandler, ...] = (show, submit, autosave)
