"""What is typed on the advisor's screen, as a draft; and, when the file changed elsewhere meanwhile, what both sides wrote."""

from collections.abc import Iterable
from datetime import date
from urllib.parse import parse_qsl

import msgspec
from litestar.datastructures import FormMultiDict

from core.catalogue import taxonomy
from core.clock import local_date
from core.contracts.matching import Profile, Project
from core.interviews import answers, kept
from core.interviews.answers import InterviewForm
from core.interviews.merging import Merged, draft_of, merge
from core.interviews.pages.clashes import Clash, clashes, form_field
from core.interviews.pages.screen_view import form_of
from core.interviews.service import Draft, Interview, StaleFile
from core.interviews.suggestions import FIELDS
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, platform_of


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


async def read_typed(request: AnyRequest) -> tuple[Form[InterviewForm], Draft | None]:
    """The form as typed and, when all is well, the draft to save."""
    return _draft_from(_with_tag(await request.form()), _today(platform_of(request)))


def _today(platform: Platform) -> date:
    return local_date(platform.clock.now(), platform.zone)


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


def _with_tag(typed: FormMultiDict) -> FormMultiDict:
    """The form with the tag that a button adds (`tag:<field>:<id>`): where JavaScript runs, it ticks the box itself."""
    verb, _sep, tag = str(typed.get("action", "")).partition(":")
    field, _sep, id_ = tag.partition(":")
    if verb != "tag" or field not in FIELDS or id_ in typed.getall(field, []):
        return typed
    return FormMultiDict([*typed.multi_items(), (field, id_)])


async def merge_with(request: AnyRequest, now: Interview, mine: Draft) -> Merged | None:
    """What both wrote, put together; None where the page does not say what it began with."""
    base = parse_qsl(str((await request.form()).get("base", "")), keep_blank_values=True)
    if not base:
        return None
    _form, was = _draft_from(FormMultiDict(base), _today(platform_of(request)))
    if was is None:
        return None
    theirs, _titles = await stored_draft(platform_of(request), now)
    return merge(was, theirs, mine)


async def stored_draft(platform: Platform, interview: Interview) -> tuple[Draft, dict[str, str]]:
    """What the file says, as a draft, and the titles of the sheets in it."""
    sheets = await kept.list_kept(platform, interview.appointment_id)
    draft = draft_of(interview, {sheet.programme: sheet.words for sheet in sheets})
    return draft, {sheet.programme: sheet.title for sheet in sheets}


async def tell_clash(
    request: AnyRequest, now: Interview, mine: Draft, refusal: StaleFile
) -> Unsaved:
    """What both wrote, to choose from; without a word of what the page began with, the whole file is the question."""
    platform = platform_of(request)
    merged = await merge_with(request, now, mine)
    if merged is None:
        return Unsaved(message=refusal.message, revision=now.revision)
    theirs, titles = await stored_draft(platform, now)
    return Unsaved(
        message=_("Ces réponses ont été écrites des deux côtés : choisissez. Le reste est réuni."),
        revision=now.revision,
        clashes=clashes(mine, theirs, merged.conflicts, titles),
        values=await values_in(platform, now, merged.conflicts),
        taken=await values_in(platform, now, merged.taken),
    )


async def values_in(
    platform: Platform, interview: Interview, names: Iterable[str]
) -> dict[str, list[str]]:
    """What the file says in some fields, as the page's form holds it; an empty list empties one."""
    form = await form_of(platform, interview)
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
