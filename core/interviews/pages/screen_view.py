"""What the advisor's screen shows: the file as a form, the ranking beside it, the ideas, what changed since the last time."""

from collections.abc import Sequence
from datetime import date

from litestar import Response

from core.booking.arrivals import read_day_word
from core.booking.rules import phone_shown
from core.booking.views import read_view
from core.catalogue import taxonomy
from core.clock import local_date
from core.extension.blocks import render_blocks
from core.interviews import answers, kept, roadmap
from core.interviews.answers import InterviewForm
from core.interviews.pages.clashes import Clash
from core.interviews.pages.panel import Panel, arrange
from core.interviews.ranking import rank_for
from core.interviews.returning import changes
from core.interviews.service import Interview
from core.interviews.suggestions import Suggestion, suggest
from core.notices import service as notices
from core.notices import words
from core.platform import Platform
from core.web.forms import Form
from core.web.pages import AnyRequest, page, platform_of


async def screen_page(
    request: AnyRequest,
    interview: Interview,
    form: Form[InterviewForm],
    *,
    status: int = 200,
    others: Sequence[Clash] = (),
) -> Response[str]:
    """The whole page; `others` is what the other side wrote, when the file changed elsewhere."""
    platform = platform_of(request)
    sendings = await roadmap.list_sendings(platform, interview.appointment_id)
    view = await read_view(platform, interview.appointment_id)
    today = local_date(platform.clock.now(), platform.zone)
    return page(
        request,
        "interviews/screen.html",
        {
            "interview": interview,
            "view": view,
            "phone": phone_shown(view.youth.phone),
            "blocks": await render_blocks(
                request, "interview.screen", interview.structure_id, {"appointment": view}
            ),
            "day_word": await read_day_word(platform, interview.appointment_id),
            "form": form,
            "stale": status == 409,
            "others": others,
            "may_write": interview.may_write,
            "panel": await panel_of(platform, interview),
            "tags": tags_of(interview),
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


async def panel_of(platform: Platform, interview: Interview) -> Panel:
    """The ranking of the sheets for what the file says now, and what is kept of it."""
    ranking = await rank_for(platform, interview.structure_id, interview.profile, interview.project)
    return arrange(ranking, await kept.list_kept(platform, interview.appointment_id))


async def form_of(platform: Platform, interview: Interview) -> Form[InterviewForm]:
    """The file, as the page's form holds it."""
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


def tags_of(interview: Interview) -> list[Suggestion]:
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


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
