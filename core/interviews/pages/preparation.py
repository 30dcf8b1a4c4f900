"""The youth prepares, by their stable link: three short steps, each kept as it is sent, nothing compulsory."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking.links import read_token
from core.booking.views import read_view
from core.catalogue import taxonomy
from core.errors import FriendlyError
from core.interviews import answers
from core.interviews.answers import Company, Euros, Month, ShortText
from core.interviews.preparation import Preparation, prepare, read_preparation
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


_STEPS: dict[int, type[You | Tastes | Wishes]] = {1: You, 2: Tastes, 3: Wishes}


@get("/rdv/{token:str}/preparer", guards=[by_link], include_in_schema=False)
async def show(
    request: AnyRequest, token: FromPath[str], etape: FromQuery[int] = 1
) -> Response[str]:
    """One step, with the answers so far; after the last one, a thank-you."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    preparation = await read_preparation(platform, appointment_id)
    stored = answers.values_of(preparation.answers.profile, preparation.answers.project)
    return await _page(
        request,
        token=token,
        appointment_id=appointment_id,
        preparation=preparation,
        step=etape,
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
    form: Form[Any] = answers.read(_STEPS[step], await request.form(), _today(request))
    if form.data is not None:
        try:
            await prepare(
                platform,
                appointment_id,
                profile=answers.profile_fields(form.data),
                project=answers.project_fields(form.data),
            )
            return redirect(f"/rdv/{token}/preparer?etape={step + 1}")
        except FriendlyError as refusal:
            form.refuse(refusal)
    preparation = await read_preparation(platform, appointment_id)
    return await _page(
        request,
        token=token,
        appointment_id=appointment_id,
        preparation=preparation,
        step=step,
        form=form,
    )


async def _page(
    request: AnyRequest,
    *,
    token: str,
    appointment_id: UUID,
    preparation: Preparation,
    step: int,
    form: Form[Any],
) -> Response[str]:
    return page(
        request,
        "interviews/preparation.html",
        {
            "token": token,
            "view": await read_view(platform_of(request), appointment_id),
            "preparation": preparation,
            "step": min(max(step, 1), len(_STEPS) + 1),
            "form": form,
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
