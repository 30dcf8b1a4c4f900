"""The youth prepares, by their stable link: three short steps, each kept as it is sent, nothing compulsory."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.catalogue import taxonomy
from core.errors import FriendlyError
from core.interviews import answers
from core.interviews.answers import Company, Euros, Month, ShortText
from core.interviews.preparation import Preparation, is_said, prepare, read_preparation
from core.web.forms import Form
from core.web.pages import AnyRequest, page, platform_of, redirect


class You(msgspec.Struct, frozen=True, kw_only=True):
    """First step: where the youth stands."""

    statuses: tuple[str, ...] = ()
    diploma: str | None = None
    preparing: str | None = None
    languages: tuple[str, ...] = ()


class Tastes(msgspec.Struct, frozen=True, kw_only=True):
    """Second step: what they like and have done."""

    interests: tuple[str, ...] = ()
    passions: ShortText = ""
    leisure: ShortText = ""
    experience: ShortText = ""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Third step: what they dream of."""

    domains: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    duration: str | None = None
    departure: Month | None = None
    alone_or_group: Company | None = None
    budget_eur: Euros | None = None
    wish: ShortText = ""


UNSURE = "?"
"""The value of the answer « je ne sais pas »."""
_FIELD_OF = {"duration": "duration_min_weeks"}
"""The field of the profile or the project that a question fills, where its name is another."""
_CHOICES = (
    "statuses",
    "diploma",
    "preparing",
    "interests",
    "domains",
    "zones",
    "duration",
    "departure",
    "alone_or_group",
)
_STEPS: dict[int, type[You | Tastes | Wishes]] = {1: You, 2: Tastes, 3: Wishes}


@get("/rdv/{token:str}/preparer", guards=[by_link], include_in_schema=False)
async def show(
    request: AnyRequest, token: FromPath[str], etape: FromQuery[int | None] = None
) -> Response[str]:
    """One step, with the answers so far; without `etape` the first that says nothing yet. After the last one, a thank-you."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    preparation = await read_preparation(platform, appointment_id)
    stored = answers.values_of(preparation.answers.profile, preparation.answers.project)
    return await _page(
        request,
        token=token,
        appointment_id=appointment_id,
        preparation=preparation,
        step=etape or _resume_at(preparation),
        resumed=etape is None,
        form=Form(stored),
    )


@post("/rdv/{token:str}/preparer", guards=[by_link], include_in_schema=False)
async def submit(
    request: AnyRequest, token: FromPath[str], etape: FromQuery[int] = 1
) -> Response[Any]:
    """Keeps one step and goes on to the next."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    step = etape if etape in _STEPS else 1
    typed, unsure = _without_unsure(await request.form())
    form: Form[Any] = answers.read(_STEPS[step], typed, _today(request))
    if form.data is not None:
        try:
            await prepare(
                platform,
                appointment_id,
                profile=answers.profile_fields(form.data),
                project=answers.project_fields(form.data),
                unsure=unsure,
            )
            return redirect(f"/rdv/{token}/preparer?etape={step + 1}")
        except FriendlyError as refusal:
            form.refuse(refusal)
    preparation = msgspec.structs.replace(
        await read_preparation(platform, appointment_id), unsure=unsure
    )
    return await _page(
        request,
        token=token,
        appointment_id=appointment_id,
        preparation=preparation,
        step=step,
        form=form,
    )


def _without_unsure(typed: FormMultiDict) -> tuple[FormMultiDict, frozenset[str]]:
    """The form without its « je ne sais pas », and the fields that have nothing else: an answer says more."""
    told = [(name, value) for name, value in typed.multi_items() if value != UNSURE]
    answered = {name for name, value in told if value}
    if "language_code" in answered:
        answered.add("languages")
    names = {name for name, value in typed.multi_items() if value == UNSURE} - answered
    asked = {name for kind in _STEPS.values() for name in kind.__struct_fields__}
    return FormMultiDict(told), frozenset(_FIELD_OF.get(name, name) for name in names & asked)


def _resume_at(preparation: Preparation) -> int:
    """The first step without any answer, for who comes back; the first of all when each has one."""
    if preparation.prepared_at is None:
        return 1
    told = answers.values_of(preparation.answers.profile, preparation.answers.project)
    for step, kind in _STEPS.items():
        names = {_FIELD_OF.get(name, name) for name in kind.__struct_fields__} - {"wish"}
        if not names & preparation.unsure and not any(is_said(told[name]) for name in names):
            return step
    return 1


async def _page(
    request: AnyRequest,
    *,
    token: str,
    appointment_id: UUID,
    preparation: Preparation,
    step: int,
    form: Form[Any],
    resumed: bool = False,
) -> Response[str]:
    for name in _CHOICES:
        if _FIELD_OF.get(name, name) in preparation.unsure and not form.value(name):
            form.values[name] = UNSURE
    return page(
        request,
        "interviews/preparation.html",
        {
            "token": token,
            "view": await read_view(platform_of(request), appointment_id),
            "preparation": preparation,
            "step": min(max(step, 1), len(_STEPS) + 1),
            "form": form,
            "resumed": resumed and step > 1,
            "labels": answers.labels(),
            "options": {
                "statuses": taxonomy.options("statuses"),
                "diplomas": taxonomy.options("diploma_levels"),
                "levels": [(id_, label) for id_, label in taxonomy.options("cefr") if id_ != "A0"],
                "languages": taxonomy.languages(),
                "interests": taxonomy.options("interests"),
                "domains": taxonomy.options("domains"),
                "zones": taxonomy.options("zones"),
                "durations": taxonomy.options("durations"),
                "months": answers.months(_today(request), preparation.answers.project.departure),
                "companies": taxonomy.options("group_modes"),
            },
        },
        status=422 if form.errors else 200,
    )


def _today(request: AnyRequest) -> date:
    platform = platform_of(request)
    return platform.clock.now().astimezone(platform.zone).date()


routes: tuple[ControllerRouterHandler, ...] = (show, submit)
